"""The two repairers and the graded feedback that ship with the package.

They are made by ``python -m unriddle.lab._pyfixv_make`` from the interpreter's own library. Part of
``unriddle.methods.pyfixv``. Not covered: models of other languages.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from unriddle.errors import BadInput
from unriddle.methods._pyfixv_policy import Graded
from unriddle.propose.syntax_model import SyntaxModel, read_json

__all__ = ["Repairers", "load_graded", "load_repairers", "stored_facts", "stored_path"]


@dataclass(frozen=True, slots=True)
class Repairers:
    """Two repairers that know different programs.

    Attributes:
        first: Repairs and explains.
        second: Repairs from the explanation, and says how likely it finds the first one's repair by itself.
    """

    first: SyntaxModel
    second: SyntaxModel


def stored_path() -> Path:
    """Where the package keeps them."""
    return Path(str(files("unriddle.methods"))) / "pyfixv_model.json"


def load_repairers(path: Path | None = None) -> Repairers:
    """The repairers of a stored document; the package's own by default.

    Raises:
        BadInput: The file is no such document.
    """
    data = _read(path)
    return Repairers(SyntaxModel.from_dict(data["first"]), SyntaxModel.from_dict(data["second"]))


def load_graded(path: Path | None = None) -> list[Graded]:
    """The graded feedback of the calibration programs that these repairers gave.

    Raises:
        BadInput: The file is no such document.
    """
    data = _read(path)
    try:
        return [
            Graded(float("-inf") if score is None else float(score), bool(right)) for score, right in data["graded"]
        ]
    except (TypeError, ValueError) as error:
        raise BadInput(
            f"{path or stored_path()}: expected pairs of score and truth ({error}); make it again"
        ) from error


def stored_facts(path: Path | None = None) -> dict[str, Any]:
    """What the document says of how it was made."""
    return dict(_read(path).get("facts", {}))


def _read(path: Path | None) -> dict[str, Any]:
    where = path or stored_path()
    data = read_json(where)
    lacking = [name for name in ("first", "second", "graded") if name not in data]
    if lacking:
        raise BadInput(f"{where}: not a stored pair of repairers, {', '.join(lacking)} is missing; make it again")
    return data
