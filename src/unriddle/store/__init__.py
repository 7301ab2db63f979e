"""The run store: every call, candidate and verdict of a run in one SQLite file, so that a killed run goes on.

with open_store() as store, store.begin("eval", key, params) as run:
    run.save_candidates("HumanEval/0", candidates)
    run.save_rows("HumanEval/0", candidates, verdicts)
    run.finish(summary)
"""

from unriddle.store.export import export
from unriddle.store.key import content_key
from unriddle.store.run import Run, RunInfo
from unriddle.store.store import DEFAULT_PATH, Store, delete_run, list_runs, load_run, open_store

__all__ = [
    "DEFAULT_PATH",
    "Run",
    "RunInfo",
    "Store",
    "content_key",
    "delete_run",
    "export",
    "list_runs",
    "load_run",
    "open_store",
]
