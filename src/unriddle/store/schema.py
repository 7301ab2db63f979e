"""The tables of the run store, and opening the file that holds them.

One SQLite file in WAL mode: readers never wait for the writer, and a process that is killed at any moment leaves every
committed batch behind. Not covered: moving a store of an older schema forward (there is only one schema so far), and
stores on network file systems, where neither WAL nor file locks can be relied on.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from unriddle.errors import BadInput
from unriddle.store.lock import held, locks_folder

__all__ = ["APPLICATION_ID", "SCHEMA", "connect"]

SCHEMA = 1
"""Version of the tables below; a store says in its ``user_version`` which one it has."""

APPLICATION_ID = 0x756E7264
"""Marks a SQLite file as one of ours ("unrd")."""

BUSY_SECONDS = 60.0
"""How long a writer waits for another process's short transaction before it gives up."""

_TABLES = """
CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL, status TEXT NOT NULL,
    params TEXT NOT NULL, facts TEXT NOT NULL, began TEXT NOT NULL, updated TEXT NOT NULL, summary TEXT);
CREATE INDEX run_by_key ON run (kind, key, status);
CREATE TABLE blob (id BLOB PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE program (id TEXT PRIMARY KEY, language TEXT NOT NULL, source BLOB NOT NULL);
CREATE TABLE candidate (
    run INTEGER NOT NULL, task TEXT NOT NULL, position INTEGER NOT NULL, program TEXT NOT NULL, proposer TEXT NOT NULL,
    prior REAL, n_tokens INTEGER NOT NULL, parents TEXT NOT NULL, meta TEXT NOT NULL,
    PRIMARY KEY (run, task, position)) WITHOUT ROWID;
CREATE TABLE verdict (
    run INTEGER NOT NULL, task TEXT NOT NULL, program TEXT NOT NULL, copy INTEGER NOT NULL, status BLOB NOT NULL,
    value BLOB NOT NULL, cpu_seconds BLOB NOT NULL, prior REAL, details TEXT, "values" BLOB NOT NULL,
    tests BLOB NOT NULL, info BLOB NOT NULL,
    PRIMARY KEY (run, task, program, copy));
CREATE TABLE call (
    run INTEGER NOT NULL, task TEXT NOT NULL, draw INTEGER NOT NULL, lm TEXT NOT NULL, prompt BLOB NOT NULL,
    options BLOB NOT NULL, text BLOB NOT NULL, finish_reason TEXT NOT NULL, prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL, logprob REAL,
    PRIMARY KEY (run, task, draw));
"""


def connect(path: Path) -> sqlite3.Connection:
    """An open connection to the store at ``path``; the file and its folder are made when absent.

    Transactions are explicit (``BEGIN IMMEDIATE`` … ``COMMIT``).

    Raises:
        BadInput: The file is not a run store, is damaged, has a newer schema, or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise BadInput(f"{path}: the run store cannot be opened ({error}); choose another with --store PATH") from error
    try:
        _prepare(connection, path)
    except (sqlite3.Error, OSError) as error:
        connection.close()
        raise BadInput(
            f"{path}: not a run store of unriddle, or damaged ({error}); move the file away or choose another "
            "with --store PATH"
        ) from error
    except BadInput:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    # NORMAL survives kill -9; only a power cut may take the last commits, and it never damages the file.
    connection.execute("PRAGMA synchronous = NORMAL")
    _check(connection, path)
    if _pragma(connection, "application_id") == APPLICATION_ID:
        return
    # SQLite's busy timeout does not cover the change to WAL, so processes that find no store yet go one by one.
    with held(locks_folder(path) / "open"):
        if _pragma(connection, "application_id") != APPLICATION_ID:
            _make(connection)


def _make(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    for statement in _TABLES.split(";\n"):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA}")
    connection.execute("COMMIT")


def _check(connection: sqlite3.Connection, path: Path) -> None:
    ours = _pragma(connection, "application_id") == APPLICATION_ID
    n_tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if not ours and n_tables:
        raise BadInput(
            f"{path}: a SQLite file of another program ({n_tables} tables and indexes), expected a run store "
            "of unriddle; choose another file with --store PATH"
        )
    version = _pragma(connection, "user_version")
    if ours and version != SCHEMA:
        raise BadInput(
            f"{path}: the run store has schema {version}, this version of unriddle reads schema {SCHEMA}; "
            "upgrade unriddle, or choose another file with --store PATH"
        )


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
