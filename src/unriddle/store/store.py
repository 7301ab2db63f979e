"""Store: the file that keeps every run, and the functions that open, list, load and delete.

The same command on the same input (an equal ``key``) goes on with its unfinished run; a finished run is never touched
again, so the same command after it begins a new one. Not covered: sharing a store between machines.
"""

from __future__ import annotations

import json
import platform
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import unriddle
from unriddle.errors import BadInput
from unriddle.store.lock import RunLock, locks_folder, try_lock
from unriddle.store.run import Run, RunInfo, now
from unriddle.store.schema import connect
from unriddle.store.sql import read, transaction

__all__ = ["DEFAULT_PATH", "Store", "delete_run", "list_runs", "load_run", "open_store"]

DEFAULT_PATH = Path(".unriddle") / "runs.db"
"""Where the command line keeps its runs: in the working folder."""


@dataclass(frozen=True, slots=True)
class Store:
    """An open run store; a context manager that closes it."""

    path: Path
    connection: sqlite3.Connection

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exc: object) -> None:
        self.connection.close()

    def begin(self, kind: str, key: str, params: Mapping[str, Any], *, fresh: bool = False) -> Run:
        """The unfinished run of this key, or a new one; locked for this process either way.

        Args:
            kind: Which command (``eval``).
            key: Content key of the command and its input (``content_key``).
            params: What was asked, as plain data without secrets; kept for ``unriddle runs``.
            fresh: Begin a new run even when an unfinished one could go on.

        Raises:
            BadInput: Another process is working on that run now.
        """
        with transaction(self.connection):
            row = self.connection.execute(
                "SELECT id FROM run WHERE kind = ? AND key = ? AND status = 'unfinished' ORDER BY id DESC LIMIT 1",
                (kind, key),
            ).fetchone()
            if row and not fresh:
                return Run(row[0], True, self.connection, self.lock(row[0]))
            cursor = self.connection.execute(
                "INSERT INTO run (kind, key, status, params, facts, began, updated) VALUES (?,?,'unfinished',?,?,?,?)",
                (kind, key, json.dumps(params, default=str), json.dumps(_facts()), now(), now()),
            )
            number = int(cursor.lastrowid or 0)
            return Run(number, False, self.connection, self.lock(number))

    def lock(self, number: int) -> RunLock:
        """Keep other processes away from a run.

        Raises:
            BadInput: One of them is working on it.
        """
        lock = try_lock(locks_folder(self.path) / str(number))
        if isinstance(lock, RunLock):
            return lock
        raise BadInput(
            f"run {number} in {self.path} is being worked on by another process{f' ({lock})' if lock else ''}; "
            "wait until it ends, or begin a new run with --fresh"
        )


def open_store(path: str | Path = DEFAULT_PATH) -> Store:
    """The run store at ``path``, made when absent.

    Raises:
        BadInput: The file is not a run store, is damaged, has a newer schema, or cannot be written.
    """
    return Store(Path(path), connect(Path(path)))


def list_runs(store: Store) -> list[RunInfo]:
    """All runs, newest first."""
    rows = read(store.connection, "SELECT id FROM run ORDER BY id DESC")
    return [load_run(store, number).info() for (number,) in rows]


def load_run(store: Store, number: int) -> Run:
    """A run to read from.

    Raises:
        BadInput: There is no such run.
    """
    if not read(store.connection, "SELECT 1 FROM run WHERE id = ?", (number,)):
        raise BadInput(f"{store.path}: there is no run {number}; `unriddle runs` lists those there are")
    return Run(number, False, store.connection, None)


def delete_run(store: Store, number: int) -> None:
    """Remove a run and what only it used.

    Raises:
        BadInput: There is no such run, or another process is working on it.
    """
    load_run(store, number)
    lock = store.lock(number)
    try:
        with transaction(store.connection):
            for table, column in (("candidate", "run"), ("verdict", "run"), ("call", "run"), ("run", "id")):
                store.connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (number,))
            for statement in _SWEEP:
                store.connection.execute(statement)
    finally:
        lock.release(remove=True)


_SWEEP = (
    "DELETE FROM program WHERE id NOT IN (SELECT program FROM candidate UNION SELECT program FROM verdict)",
    'DELETE FROM blob WHERE id NOT IN (SELECT "values" FROM verdict UNION SELECT tests FROM verdict '
    "UNION SELECT info FROM verdict UNION SELECT prompt FROM call UNION SELECT options FROM call)",
)


def _facts() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "unriddle": unriddle.__version__,
        "platform": f"{platform.system()} {platform.machine()}",
    }
