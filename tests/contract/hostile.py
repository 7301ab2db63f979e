"""The adversarial suite as data: one hostile program per file of ``hostile/``, each a candidate for ``add(x, y)``.

The task is HumanEval/53; the right answer is ``x + y``. A program of the families ``reading``, ``escape`` and
``survival`` returns the right answer only if its attack succeeded, so that a PASS is a breach; programs of the
other families never return it, or have PASS among their right statuses; programs of the family ``control`` are
honest and must pass. A file begins with a header of comments, ended by an empty line::

    # property: a result whose __eq__ always says True
    # family: lies
    # right: FAIL
    # rlimits: - this level leaves files readable
    # limits: cpu_seconds=0.2 max_kills=1
    # isolated: yes

``right`` holds the allowed statuses, the usual one first; ``rlimits`` those at the level without namespaces where
they differ (``-`` and a reason: not run there). The programs are written so that a success does bounded harm
(signal 0 to everybody, fifty forks, files opened for writing and not written), but they are hostile: run them in a
sandbox only, never import them. Not covered: other tasks, languages and architectures than Python on x86-64 Linux.
"""
# No postponed annotations here: a data class then needs no entry in sys.modules, so this file can be loaded by path.

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from unriddle.errors import BadInput, shorten
from unriddle.outcome import Limits, Status

__all__ = ["CANARY_FILE", "CANARY_PORT", "CANARY_SOCKET", "FAMILIES", "HostileProgram", "aim", "load_hostile"]

FAMILIES = ("lies", "exits", "patching", "output", "reading", "escape", "exhaustion", "survival", "control")
CANARY_PORT = 47311
"""TCP and UDP port on 127.0.0.1 that the programs try to reach."""
CANARY_SOCKET = "unriddle-canary"
"""Name of the abstract unix socket that they try to reach, without its leading null byte."""
CANARY_FILE = "/tmp/unriddle-canary/file"
"""File that they try to read and change, in a folder in which they try to make others."""

_FOLDER = Path(__file__).resolve().parent / "hostile"
_USUAL = Limits(cpu_seconds=0.5, wall_seconds=5.0, memory_mb=256)
_REQUIRED, _OPTIONAL = ("property", "family", "right"), ("rlimits", "limits", "isolated")


@dataclass(frozen=True, slots=True)
class HostileProgram:
    """One program of the suite.

    Attributes:
        name: Name of its file, without the ending; it begins with the family.
        property: What it tries, in words.
        family: One of ``FAMILIES``.
        right: Statuses it may end with at the full isolation level, the usual one first.
        rlimits: The same at the level ``rlimits only``; empty where it is not run there.
        limits: Limits per test to run it under.
        source: The whole candidate.
        isolated: Its property holds between tests that run in processes of their own (``CallTest.isolated``).
        why_not: Why it is not run at the level ``rlimits only``; empty where it is.
    """

    name: str
    property: str
    family: str
    right: tuple[Status, ...]
    rlimits: tuple[Status, ...]
    limits: Limits
    source: str
    isolated: bool = False
    why_not: str = ""


def load_hostile(folder: Path = _FOLDER) -> list[HostileProgram]:
    """All programs, in the order of their names.

    Args:
        folder: Folder of the program files.

    Raises:
        BadInput: There are no programs, or a header is not as the module describes.
    """
    paths = sorted(folder.glob("*.py"))
    if not paths:
        raise BadInput(f"{folder}: expected hostile programs (*.py), found none; give the folder that holds them")
    return [_program(path.stem, path.read_text(encoding="utf-8"), path.name) for path in paths]


def aim(program: HostileProgram, *, port: int, socket_name: str, file: Path) -> HostileProgram:
    """The program with canaries of your own in place of the default ones.

    Args:
        program: A program of the suite.
        port: Port on 127.0.0.1 in place of ``CANARY_PORT``.
        socket_name: Name in place of ``CANARY_SOCKET``, without the leading null byte.
        file: File in place of ``CANARY_FILE``.
    """
    source = program.source.replace(CANARY_FILE, str(file)).replace(f'"\\0{CANARY_SOCKET}"', f'"\\0{socket_name}"')
    return replace(program, source=source.replace(str(CANARY_PORT), str(port)))


def _program(name: str, source: str, where: str) -> HostileProgram:
    header = _header(source, where)
    family, right = header["family"], _statuses(header["right"], f"{where}: right")
    if family not in FAMILIES or not name.startswith(f"{family}_"):
        raise BadInput(
            f"{where}: family is {family!r}, expected one of {', '.join(FAMILIES)}, and the file name to begin with it"
        )
    if family == "control" and right != (Status.PASS,):
        raise BadInput(f"{where}: right is {header['right']!r}; a control is honest, so it must be exactly PASS")
    if header.get("isolated", "yes") != "yes":
        raise BadInput(f"{where}: isolated is {header['isolated']!r}, expected yes; leave the line out for no")
    rlimits, why_not = right, ""
    if header.get("rlimits", "").startswith("-"):
        rlimits, why_not = (), header["rlimits"].removeprefix("-").strip()
        if not why_not:
            raise BadInput(f"{where}: rlimits is '-' without a reason; write why it is not run, after the '-'")
    elif "rlimits" in header:
        rlimits = _statuses(header["rlimits"], f"{where}: rlimits")
    limits = _limits(header.get("limits", ""), where)
    return HostileProgram(
        name, header["property"], family, right, rlimits, limits, source, "isolated" in header, why_not
    )


def _header(source: str, where: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for line in source.splitlines():
        if not line.startswith("#"):
            break
        key, colon, value = line.removeprefix("#").partition(":")
        key, value = key.strip(), value.strip()
        if not colon or not value or key not in _REQUIRED + _OPTIONAL or key in found:
            raise BadInput(
                f"{where}: the header line {shorten(line)} is not `# key: value` with a key out of "
                f"{', '.join(_REQUIRED + _OPTIONAL)}, each at most once; end the header with an empty line"
            )
        found[key] = value
    missing = [key for key in _REQUIRED if key not in found]
    if missing:
        raise BadInput(f"{where}: its header has no {missing[0]!r}; begin the file with a line `# {missing[0]}: …`")
    return found


def _statuses(text: str, where: str) -> tuple[Status, ...]:
    known = [status.name for status in Status if status.known]
    for word in text.split():
        if word not in known:
            raise BadInput(f"{where}: {word!r} is no status; expected names out of {', '.join(known)}")
    return tuple(Status[word] for word in text.split())


def _limits(text: str, where: str) -> Limits:
    values: dict[str, Any] = {}
    for word in text.split():
        match = re.fullmatch(r"(\w+)=(\d+(?:\.\d+)?)", word)
        if match is None or match[1] not in Limits.__dataclass_fields__:
            names = ", ".join(Limits.__dataclass_fields__)
            raise BadInput(f"{where}: limits has {word!r}, expected name=number with a name out of {names}")
        values[match[1]] = float(match[2]) if "." in match[2] or match[1].endswith("seconds") else int(match[2])
    return replace(_USUAL, **values)
