"""CachedLM: every draw of a language model kept in one SQLite file, so that nothing is sampled twice.

A run that was killed goes on where it stopped; ten draws after four sample only six more. How draws are numbered,
and why a cache does not break independent sampling, is said in ``unriddle.lm.stored``. The file can be used by
several processes at once (WAL); when two sample the same draw, the first to finish is the one that counts for both.
Two processes that want *different* draws of one prompt without a seed need two files, or a seed each.

Not covered: expiry (``forget`` empties the file), and powers such as ``Scores``, which are not cached.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from unriddle.errors import BadInput
from unriddle.lm.base import LM, Completion, Prompt, SampleOptions, checked_prompts, prompt_text
from unriddle.lm.stored import (
    Call,
    DrawCounter,
    as_call,
    completion_from,
    completion_to,
    options_to,
    sample_through,
)

__all__ = ["CachedLM"]

_SCHEMA = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS calls (key TEXT PRIMARY KEY, model TEXT NOT NULL, prompt TEXT NOT NULL,
    options TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS draws (key TEXT NOT NULL, draw INTEGER NOT NULL, completion TEXT NOT NULL,
    PRIMARY KEY (key, draw)) WITHOUT ROWID;
"""
# SQLite takes at least 999 parameters in one statement.
_AT_ONCE = 900


class CachedLM:
    """A language model whose draws are kept on disk.

    Args:
        lm: The model to ask for what is missing.
        path: The SQLite file; made, with its folder, when it is not there.
        save_every: Draws sampled between two writes; what a crash can lose.

    Raises:
        BadInput: ``path`` is not such a file.

    >>> import tempfile, os
    >>> from unriddle.lm import SampleOptions, ScriptedLM
    >>> lm = CachedLM(ScriptedLM(list("abcdef")), os.path.join(tempfile.mkdtemp(), "lm.sqlite"))
    >>> [c.text for c in lm.sample(["p"], n=2, options=SampleOptions(seed=1))[0]]
    ['a', 'b']
    >>> [c.text for c in lm.sample(["p"], n=3, options=SampleOptions(seed=1))[0]]
    ['a', 'b', 'c']
    """

    def __init__(self, lm: LM, path: str | Path, *, save_every: int = 64) -> None:
        if save_every < 1:
            raise BadInput(f"CachedLM: save_every must be 1 or more, got {save_every}")
        self.inner = lm
        self.path = Path(path)
        self._save_every = save_every
        self._counter = DrawCounter()
        self._file = _CacheFile(self.path)

    @property
    def name(self) -> str:
        """The name of the model behind it."""
        return self.inner.name

    @property
    def n_draws(self) -> int:
        """How many draws are kept."""
        return self._file.count()

    @property
    def size_bytes(self) -> int:
        """Bytes on disk, the write-ahead log included."""
        files = [self.path, *(self.path.with_name(self.path.name + end) for end in ("-wal", "-shm"))]
        return sum(file.stat().st_size for file in files if file.exists())

    def sample(
        self, prompts: Sequence[Prompt], *, n: int = 1, options: SampleOptions | None = None
    ) -> list[list[Completion]]:
        """``n`` completions for every prompt; only those not yet kept are sampled."""
        options = options or SampleOptions()
        calls = [as_call(self.name, prompt, options) for prompt in checked_prompts(prompts, n=n)]
        numbers = self._counter.take(calls, n=n, options=options)
        return sample_through(self._file, self.inner, calls, numbers=numbers, save_every=self._save_every)

    def forget(self) -> int:
        """Drop every kept draw and give the space back.

        Returns:
            How many draws were dropped.
        """
        self._counter.restart()
        return self._file.clear()


class _CacheFile:
    """The draws in SQLite. A connection lives for one operation, so forks and threads cannot share one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._connection() as db:
                version = db.execute("PRAGMA user_version").fetchone()[0]
                if version not in (0, _SCHEMA):
                    raise BadInput(
                        f"CachedLM: {str(path)!r} has cache format {version}, this version reads {_SCHEMA}; "
                        "name another file"
                    )
                if version == 0:
                    db.execute("PRAGMA journal_mode=WAL")
                    db.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version={_SCHEMA}; COMMIT;")
        except (sqlite3.DatabaseError, OSError) as error:
            raise BadInput(
                f"CachedLM: {str(path)!r} cannot be used as a cache file ({error}); name a new or SQLite file"
            ) from error

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=60, isolation_level=None)) as db:
            yield db

    def read(self, call: Call, numbers: Sequence[int]) -> dict[int, Completion]:
        found: dict[int, Completion] = {}
        with self._connection() as db:
            for at in range(0, len(numbers), _AT_ONCE):
                part = list(numbers[at : at + _AT_ONCE])
                marks = ",".join("?" * len(part))
                rows = db.execute(
                    f"SELECT draw, completion FROM draws WHERE key = ? AND draw IN ({marks})", [call.key, *part]
                )
                found.update((draw, completion_from(json.loads(text))) for draw, text in rows)
        return found

    def write(self, drawn: Sequence[tuple[Call, int, Completion]]) -> None:
        calls = {
            call.key: (call.key, call.model, prompt_text(call.prompt), json.dumps(options_to(call.options)))
            for call, _, _ in drawn
        }
        draws = [(call.key, draw, json.dumps(completion_to(completion))) for call, draw, completion in drawn]
        with self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT OR IGNORE INTO calls VALUES (?, ?, ?, ?)", calls.values())
            db.executemany("INSERT OR IGNORE INTO draws VALUES (?, ?, ?)", draws)
            db.execute("COMMIT")

    def count(self) -> int:
        with self._connection() as db:
            return int(db.execute("SELECT count(*) FROM draws").fetchone()[0])

    def clear(self) -> int:
        with self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            dropped = db.execute("DELETE FROM draws").rowcount
            db.execute("DELETE FROM calls")
            db.execute("COMMIT")
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return dropped
