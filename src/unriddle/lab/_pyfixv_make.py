"""Makes the repairers that ship with the package: ``python -m unriddle.lab._pyfixv_make``.

Everything comes from the interpreter's own library; files of the test side are not read. Takes about two minutes.
"""

from __future__ import annotations

import json
import platform
import sys
from math import isfinite

from unriddle.data.syntax_breaks import OPERATORS, break_programs
from unriddle.lab._pyfixv_data import fit_repairers, graded, read_sides, run_feedback
from unriddle.lab.base import generator
from unriddle.methods._pyfixv_store import stored_path
from unriddle.whole_file import write_whole

__all__ = ["main"]


def main(*, n_fit: int = 1500, n_graded: int = 1500, seed: int = 0) -> None:
    """Fit on the training files, grade on the calibration files, write the document."""

    def say(message: str) -> None:
        print(message, file=sys.stderr)

    sides = read_sides()
    repairers = fit_repairers(sides.train, rng=generator(seed, stream=50), n=n_fit, say=say)
    programs = break_programs(sides.calibration, rng=generator(seed, stream=51), n=n_graded)
    found = run_feedback(programs, repairers, rng=generator(seed, stream=52), say=say)
    rows = [[round(g.score, 6) if isfinite(g.score) else None, g.right] for g in graded(programs, found)]
    facts = {
        "command": "python -m unriddle.lab._pyfixv_make",
        "python": platform.python_version(),
        "seed": seed,
        "n_fit": n_fit,
        "mistakes": list(OPERATORS),
    }
    document = {
        "facts": facts, "first": repairers.first.as_dict(), "second": repairers.second.as_dict(), "graded": rows,
    }  # fmt: skip
    path = stored_path()
    write_whole(path, json.dumps(document, separators=(",", ":"), sort_keys=True) + "\n")
    say(f"kept in {path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
