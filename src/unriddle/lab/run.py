"""Running experiments by name, and keeping what they measured.

Results that ship with the package are ``lab/results/NAME.json``; only ``unriddle lab NAME --record`` writes them.
Importing this module imports no experiment.
"""

from __future__ import annotations

import datetime
import importlib
import json
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any

import unriddle
from unriddle.errors import BadInput
from unriddle.lab.base import Claim, Context, Experiment, Preset
from unriddle.whole_file import write_whole

__all__ = ["EXPERIMENTS", "LabReport", "experiment_name", "load_recorded", "record", "run_experiment"]

EXPERIMENTS = {
    "pragmatic_examples": "unriddle.lab.pragmatic_examples:experiment",
    "lpw": "unriddle.lab.lpw:experiment",
    "cogex": "unriddle.lab.cogex:experiment",
    "cat_lm": "unriddle.lab.cat_lm:experiment",
    "program_synthesis_llm": "unriddle.lab.program_synthesis_llm:experiment",
    "alphacode": "unriddle.lab.alphacode:experiment",
    "pac_prediction_sets": "unriddle.lab.pac_prediction_sets:experiment",
    "codet": "unriddle.lab.codet:experiment",
    "mokav": "unriddle.lab.mokav:experiment",
    "chain_of_code": "unriddle.lab.chain_of_code:experiment",
    "large_language_monkeys": "unriddle.lab.large_language_monkeys:experiment",
    "scaling_flaws": "unriddle.lab.scaling_flaws:experiment",
    "evalplus": "unriddle.lab.evalplus:experiment",
    "self_debug": "unriddle.lab.self_debug:experiment",
    "ldb": "unriddle.lab.ldb:experiment",
    "validated_inference": "unriddle.lab.validated_inference:experiment",
    "lion_discovery": "unriddle.lab.lion_discovery:experiment",
    "active_learning": "unriddle.lab.active_learning:experiment",
    "pyfixv": "unriddle.lab.pyfixv:experiment",
    "wasm_probes": "unriddle.lab.wasm_probes:experiment",
    "b4": "unriddle.lab.b4:experiment",
    "nursery": "unriddle.lab.nursery:experiment",
    "abstention": "unriddle.lab.abstention:experiment",
    "programming_puzzles": "unriddle.lab.programming_puzzles:experiment",
}
"""Name of the method -> where its experiment is."""


@dataclass(frozen=True, slots=True)
class LabReport:
    """What one run of an experiment showed.

    Attributes:
        method: Name of the method.
        preset: ``small`` or ``full``.
        seed: Seed of everything random in it.
        seconds: Wall seconds it took.
        claims: In the experiment's order.
        facts: Date, command, versions and machine, for recorded results; empty otherwise.
    """

    method: str
    preset: str
    seed: int
    seconds: float
    claims: tuple[Claim, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def n_held(self) -> int:
        """How many claims held."""
        return sum(claim.held is True for claim in self.claims)

    @property
    def n_failed(self) -> int:
        """How many claims were measured and did not hold."""
        return sum(claim.held is False for claim in self.claims)

    @property
    def n_not_run(self) -> int:
        """How many claims could not be measured here."""
        return sum(claim.held is None for claim in self.claims)

    def as_dict(self) -> dict[str, Any]:
        """The ``lab --json`` document."""
        document = {
            "schema": 1,
            "method": self.method,
            "preset": self.preset,
            "seed": self.seed,
            "seconds": self.seconds,
            "claims": [claim.as_dict() for claim in self.claims],
        }
        return {**document, "facts": dict(self.facts)} if self.facts else document


def experiment_name(name: str) -> str:
    """The name as it stands in the table; hyphens may stand for underscores.

    Raises:
        BadInput: There is no such experiment; the message names near ones.
    """
    known = name.strip().lower().replace("-", "_")
    if known in EXPERIMENTS:
        return known
    near = get_close_matches(known, EXPERIMENTS, n=3, cutoff=0.4) or sorted(EXPERIMENTS)
    raise BadInput(f"lab: there is no experiment named {name!r}; did you mean {', '.join(near)}?")


def run_experiment(name: str, *, preset: Preset = "small", seed: int = 0, context: Context | None = None) -> LabReport:
    """Run one experiment.

    Args:
        name: Name of the method.
        preset: ``small`` takes at most about a minute on two cores; ``full`` takes what it takes.
        seed: Seed of everything random in it.
        context: Data folder, cache and progress; the defaults of ``Context`` when ``None``.

    Raises:
        BadInput: There is no such experiment or preset.
    """
    method = experiment_name(name)
    if preset not in ("small", "full"):
        raise BadInput(f"lab {method}: preset must be 'small' or 'full', got {preset!r}")
    module, _, function = EXPERIMENTS[method].partition(":")
    experiment: Experiment = getattr(importlib.import_module(module), function)
    began = time.monotonic()
    claims = experiment(preset, seed=seed, context=context or Context())
    return LabReport(method, preset, seed, round(time.monotonic() - began, 2), tuple(claims))


def record(report: LabReport, *, command: str, folder: Path | None = None) -> Path:
    """Keep a report as the package's result for its method, with date, command and machine; returns the file.

    Args:
        report: What to keep.
        command: The command that made it, as a user would type it.
        folder: Where; the package's own ``lab/results`` when ``None``.
    """
    from unriddle.execute import open_executor

    facts = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "command": command,
        "unriddle": unriddle.__version__,
        "python": platform.python_version(),
        "cores": len(os.sched_getaffinity(0)),
        "isolation": open_executor(workers=1).isolation,
    }
    kept = LabReport(report.method, report.preset, report.seed, report.seconds, report.claims, facts)
    path = (folder or _results()) / f"{report.method}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(kept.as_dict(), indent=1, allow_nan=False) + "\n")
    return path


def load_recorded(name: str, *, folder: Path | None = None) -> LabReport | None:
    """The kept report of a method; ``None`` when none was kept.

    Raises:
        BadInput: The file is damaged.
    """
    path = (folder or _results()) / f"{name}.json"
    if not path.is_file():
        return None
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        claims = tuple(Claim(**row) for row in document["claims"])
        head = {key: document[key] for key in ("method", "preset", "seed", "seconds")}
        return LabReport(**head, claims=claims, facts=document.get("facts", {}))
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{path}: not a lab result ({error!r}); run `unriddle lab {name} --record` again") from error


def _results() -> Path:
    return Path(str(files("unriddle.lab"))) / "results"
