"""List routines: functions of a list that people were asked to find (Rule 2020, MIT licence).

Reads the folder ``dataset`` of the repository ``joshrule/list-routines-human-experiments``, one JSON file for each
order of a function's examples, or a ``.tar.xz`` of it, from a path you name. Half of a task's examples are shown.
The intended programs are in ``meta["programs"]`` of the benchmark and in no problem. Not covered: what people answered.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from unriddle.benchmarks.base import TaskBenchmark
from unriddle.benchmarks.examples import example_task
from unriddle.benchmarks.rows import list_field, read_json, text_field
from unriddle.errors import BadInput

__all__ = ["load"]

_MAX_BYTES = 1_000_000


def load(path: str | Path, *, shown: float = 0.5) -> TaskBenchmark:
    """The benchmark from the folder or the archive.

    Args:
        path: It.
        shown: Share of the examples that is visible, rounded up.

    Raises:
        BadInput: It cannot be read, or a file is no such task.
    """
    tasks, programs = [], {}
    for name, row in sorted(_files(Path(path))):
        where = f"{path}, {name}"
        if not isinstance(row, dict):
            raise BadInput(f"{where}: expected a table, got {type(row).__name__}")
        program = text_field(row, "program", where=where)
        pairs = list_field(row, "examples", where=where, of=dict)
        if not all(set(pair) == {"i", "o"} for pair in pairs):
            raise BadInput(f"{where}: expected examples with the keys 'i' and 'o'")
        n_shown = -int(-len(pairs) * shown // 1)
        examples = [(pair["i"], pair["o"]) for pair in pairs]
        tasks.append(example_task(f"routine/{name}", examples, n_shown=n_shown, where=where))
        programs[f"routine/{name}"] = program
    if not tasks:
        raise BadInput(f"{path}: no .json file in it; name the folder 'dataset' or its .tar.xz")
    return TaskBenchmark("list_routines", tuple(tasks), meta={"path": str(path), "shown": shown, "programs": programs})


def _files(path: Path) -> Iterator[tuple[str, Any]]:
    if path.is_dir():
        yield from ((file.stem, read_json(file)) for file in path.rglob("*.json"))
        return
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile() and member.name.endswith(".json") and member.size <= _MAX_BYTES:
                    content = archive.extractfile(member)
                    yield Path(member.name).stem, json.loads(content.read()) if content else None
    except (OSError, tarfile.TarError, ValueError, EOFError) as error:
        raise BadInput(f"{path}: cannot be read ({error}); expected a folder of .json files or a tar of it") from None
