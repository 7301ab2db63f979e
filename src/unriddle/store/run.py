"""Run: one command's work in the store, written as it is done and read back when it goes on.

Every ``save_…`` is one transaction. A run that this process began or resumed is locked against others until ``close``;
a run that was only loaded can be read, not written. Programs and prompts are kept once, by content, for all runs.

Not covered: API keys and the environment; nothing of either is ever handed to a run.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from unriddle.candidate import Candidate
from unriddle.errors import BadInput, BadShape
from unriddle.lm.base import Completion, Prompt, prompt_text
from unriddle.store.lock import RunLock
from unriddle.store.rows import StoredRow, decode_row, encode_rows
from unriddle.store.sql import read, transaction
from unriddle.verdicts import Verdicts

__all__ = ["Run", "RunInfo", "now"]


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What the store says about a run.

    Attributes:
        id: Its number in this store.
        kind: Which command made it (``eval``).
        key: Content key: equal for the same command on the same input.
        status: ``unfinished`` or ``finished``.
        params: What was asked: benchmark, samples, limits, isolation, seeds, options.
        facts: Versions of Python and unriddle, and the platform.
        began: UTC time, ISO 8601.
        updated: UTC time of the last batch, ISO 8601.
        n_rows: Judged rows kept.
        n_calls: Language-model draws kept.
        summary: The final document; ``None`` while unfinished.
    """

    id: int
    kind: str
    key: str
    status: str
    params: Mapping[str, Any]
    facts: Mapping[str, Any]
    began: str
    updated: str
    n_rows: int
    n_calls: int
    summary: Mapping[str, Any] | None


@dataclass(slots=True)
class Run:
    """A handle on one run; a context manager that closes it.

    Attributes:
        id: Its number in the store.
        resumed: It was begun by an earlier process and goes on here.
        connection: The store's open connection; it belongs to the ``Store``.
        lock: Keeps other processes away; ``None`` for a run that can only be read.
    """

    id: int
    resumed: bool
    connection: sqlite3.Connection
    lock: RunLock | None

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def save_candidates(self, task_id: str, candidates: Sequence[Candidate]) -> None:
        """Keep all programs of a task by position, repeats included; what is there already stays."""
        rows = [
            (self.id, task_id, position, c.id, c.proposer, c.prior, c.n_tokens, _json(c.parents), _json(c.meta))
            for position, c in enumerate(candidates)
        ]
        with self._writing() as connection:
            self._save_programs(candidates)
            connection.executemany("INSERT OR IGNORE INTO candidate VALUES (?,?,?,?,?,?,?,?,?)", rows)

    def candidates(self, task_id: str) -> list[Candidate]:
        """The programs of a task in order; ``meta`` comes back as JSON keeps it (tuples as lists)."""
        rows = read(
            self.connection,
            "SELECT source, language, parents, c.prior, proposer, n_tokens, meta FROM candidate c "
            "JOIN program p ON p.id = c.program WHERE run = ? AND task = ? ORDER BY position",
            (self.id, task_id),
        )
        return [
            Candidate(_text(source), language, tuple(json.loads(parents)), prior, proposer, n_tokens, json.loads(meta))
            for source, language, parents, prior, proposer, n_tokens, meta in rows
        ]

    def save_row(self, task_id: str, candidate: Candidate, row: Verdicts, *, copy: int = 0) -> None:
        """Keep the row ``(1, m)`` of one candidate; see ``save_rows``."""
        self.save_rows(task_id, [candidate], row, copies=[copy])

    def save_rows(
        self, task_id: str, candidates: Sequence[Candidate], verdicts: Verdicts, *, copies: Sequence[int] = ()
    ) -> None:
        """Keep what running these candidates on the task's tests showed, in one transaction.

        Args:
            task_id: Which task.
            candidates: ``(n,)`` in the order of the rows.
            verdicts: ``(n, m)``.
            copies: ``(n,)`` which repeat of the same program each row is; all 0 when not given.

        Raises:
            BadShape: The sizes differ, or the rows are those of other candidates.
        """
        if tuple(c.id for c in candidates) != verdicts.candidates or len(copies) not in (0, len(candidates)):
            raise BadShape(
                f"Run.save_rows: {len(candidates)} candidates, {len(copies)} copies and a matrix of shape "
                f"{verdicts.shape} must belong together, row by row; pass the candidates that were run"
            )
        numbers = copies or [0] * len(candidates)
        rows = encode_rows(verdicts)
        blobs = [data for row in rows for data in (row.values, row.tests, row.info)]
        with self._writing() as connection:
            self._save_programs(candidates)
            names = self._save_blobs(blobs)
            connection.executemany(
                "INSERT OR REPLACE INTO verdict VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                [
                    (
                        self.id,
                        task_id,
                        row.candidate,
                        copy,
                        row.status,
                        row.value,
                        row.cpu_seconds,
                        row.prior,
                        row.details,
                        names[row.values],
                        names[row.tests],
                        names[row.info],
                    )
                    for row, copy in zip(rows, numbers, strict=True)
                ],
            )

    def done_rows(self, task_id: str) -> dict[tuple[str, int], Verdicts]:
        """The rows ``(1, m)`` kept for a task, by candidate id and copy."""
        rows = read(
            self.connection,
            "SELECT program, copy, status, value, cpu_seconds, prior, details, v.data, t.data, i.data "
            'FROM verdict JOIN blob v ON v.id = "values" JOIN blob t ON t.id = tests JOIN blob i ON i.id = info '
            "WHERE run = ? AND task = ? ORDER BY verdict.rowid",
            (self.id, task_id),
        )
        return {(row[0], row[1]): decode_row(StoredRow(row[0], *row[2:])) for row in rows}

    def save_calls(
        self, task_id: str, prompt: Prompt, completions: Sequence[Completion], *,
        lm: str, options: Mapping[str, Any], first_draw: int = 0,
    ) -> None:  # fmt: skip
        """Keep draws ``first_draw, first_draw + 1, …`` of one prompt, in one transaction.

        Args:
            task_id: Which task the prompt was for.
            prompt: What was asked.
            completions: ``(k,)`` what came back.
            lm: The model's name (never a key).
            options: How it was sampled, as plain data.
            first_draw: Number of the first completion.
        """
        asked, how = prompt_text(prompt).encode(), _json(options).encode()
        with self._writing() as connection:
            names = self._save_blobs([asked, how])
            connection.executemany(
                "INSERT OR REPLACE INTO call VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                [
                    (
                        self.id,
                        task_id,
                        draw,
                        lm,
                        names[asked],
                        names[how],
                        _bytes(c.text),
                        c.finish_reason,
                        c.prompt_tokens,
                        c.completion_tokens,
                        c.logprob,
                    )
                    for draw, c in enumerate(completions, start=first_draw)
                ],
            )

    def done_calls(self, task_id: str) -> list[Completion]:
        """The draws kept for a task, from draw 0 on without a gap (token log-probabilities are not kept)."""
        rows = read(
            self.connection,
            "SELECT draw, text, finish_reason, prompt_tokens, completion_tokens, logprob FROM call "
            "WHERE run = ? AND task = ? ORDER BY draw",
            (self.id, task_id),
        )
        return [
            Completion(_text(text), reason, asked, answered, logprob)
            for k, (draw, text, reason, asked, answered, logprob) in enumerate(rows)
            if k == draw
        ]

    def info(self) -> RunInfo:
        """What the store says about this run now."""
        rows = read(
            self.connection,
            "SELECT id, kind, key, status, params, facts, began, updated, "
            "(SELECT count(*) FROM verdict WHERE run = run.id), (SELECT count(*) FROM call WHERE run = run.id), "
            "summary FROM run WHERE id = ?",
            (self.id,),
        )
        if not rows:
            raise BadInput(f"run {self.id}: it is no longer in the store; another process deleted it")
        number, kind, key, status, params, facts, began, updated, n_rows, n_calls, summary = rows[0]
        return RunInfo(
            id=number,
            kind=kind,
            key=key,
            status=status,
            params=json.loads(params),
            facts=json.loads(facts),
            began=began,
            updated=updated,
            n_rows=n_rows,
            n_calls=n_calls,
            summary=json.loads(summary or "null"),
        )

    def tasks(self) -> list[str]:
        """Ids of the tasks that have candidates, rows or calls, in order."""
        query = " UNION ".join(f"SELECT task FROM {t} WHERE run = :run" for t in ("candidate", "verdict", "call"))
        return [task for (task,) in read(self.connection, query, {"run": self.id})]

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Keep the final document and close; the same command would begin a new run."""
        with self._writing() as connection:
            connection.execute(
                "UPDATE run SET status = 'finished', summary = ? WHERE id = ?", (json.dumps(summary), self.id)
            )
        self._release(remove=True)

    def close(self) -> None:
        """Let other processes go on with this run; what was saved stays."""
        self._release(remove=False)

    def _release(self, *, remove: bool) -> None:
        if self.lock:
            self.lock.release(remove=remove)
            self.lock = None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        if not self.lock:
            raise BadInput(
                f"run {self.id}: it is open for reading only (loaded, finished or closed); use Store.begin to write"
            )
        with transaction(self.connection):
            yield self.connection
            self.connection.execute("UPDATE run SET updated = ? WHERE id = ?", (now(), self.id))

    def _save_programs(self, candidates: Iterable[Candidate]) -> None:
        rows = {c.id: (c.id, c.language, _bytes(c.source)) for c in candidates}
        self.connection.executemany("INSERT OR IGNORE INTO program VALUES (?,?,?)", rows.values())

    def _save_blobs(self, blobs: Iterable[bytes]) -> dict[bytes, bytes]:
        names = {data: blake2b(data, digest_size=16).digest() for data in set(blobs)}
        rows = [(name, data) for data, name in names.items()]
        self.connection.executemany("INSERT OR IGNORE INTO blob VALUES (?,?)", rows)
        return names


def now() -> str:
    """The UTC time in ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _bytes(text: str) -> bytes:
    # A program or a completion may hold lone surrogates, which SQLite's TEXT cannot.
    return text.encode("utf-8", "surrogatepass")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def _json(value: Any) -> str:
    plain = dict(value) if isinstance(value, Mapping) else value
    return json.dumps(plain, sort_keys=True, default=repr)
