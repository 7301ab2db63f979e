"""The two ways of talking to the store's file: read some rows, or change some in one transaction.

Both turn SQLite's own errors into one clear line. Not covered: retries beyond SQLite's busy timeout.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from unriddle.errors import BadInput

__all__ = ["read", "transaction"]


def read(
    connection: sqlite3.Connection, query: str, values: Sequence[Any] | Mapping[str, Any] = ()
) -> list[tuple[Any, ...]]:
    """All rows of a query.

    Raises:
        BadInput: The file is damaged or busy.
    """
    try:
        return connection.execute(query, values).fetchall()
    except sqlite3.Error as error:
        raise BadInput(
            f"the run store cannot be read ({error}); move the file away or choose another with --store PATH"
        ) from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing of the statements inside.

    Raises:
        BadInput: The store cannot be written (full disk, read-only, damaged, or held by another process).
    """
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    except sqlite3.Error as error:
        raise BadInput(
            f"the run store cannot be written ({error}); make room, repair it, or choose another with --store PATH"
        ) from error
