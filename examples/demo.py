"""The demo: six real problems, solved with what the package brings along; no account, no hub, no network.

Two functions from their doctests and one HumanEval task with the embedded language model, two puzzles and a table by
search. It prints what each cost and says plainly what was not solved.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
UNRIDDLE = str(Path(sys.executable).parent / "unriddle")

PROBLEMS = [
    ("a puzzle, by search", [str(HERE / "mirror_puzzle.py")]),
    ("a puzzle, by search", [str(HERE / "sum_puzzle.py")]),
    ("a table, by search", [str(HERE / "names.csv")]),
    ("a function, by the embedded model", [str(HERE / "double.py")]),
    ("a function, by the embedded model", [str(HERE / "count_vowels.py")]),
    ("a HumanEval task, by the embedded model", ["humaneval/53"]),
]


def main() -> int:
    """Solve all problems; exit code 0 only when every one is solved."""
    began = time.monotonic()
    lines = []
    for what, arguments in PROBLEMS:
        name = Path(arguments[0]).name if Path(arguments[0]).exists() else arguments[0]
        print(f"\n== {name}: {what}", flush=True)
        run = subprocess.run([UNRIDDLE, "solve", *arguments, "--json", "--quiet"], stdout=subprocess.PIPE, check=False)
        if run.returncode not in (0, 1):
            return run.returncode
        answer = json.loads(run.stdout)
        print((answer["program"] or "(nothing was proposed)").strip())
        lines.append((name, run.returncode == 0, answer))
    print("\n== Summary")
    for name, solved, answer in lines:
        tests, spent = answer["tests"], answer["spent"]
        hidden = answer.get("hidden")
        extra = f", hidden tests {hidden['passed']}/{hidden['known']}" if hidden else ""
        print(
            f"{'solved    ' if solved else 'NOT solved'} {name:18} visible tests {tests['passed']}/{tests['known']}"
            f"{extra}; {spent['candidates']:.0f} candidates, {spent['tokens']:.0f} tokens, {spent['runs']:.0f} runs, "
            f"{spent['cpu_seconds']:.2f} CPU s, {spent['seconds']:.1f} s; confidence {answer['confidence']:.2f}"
        )
    n_solved = sum(solved for _, solved, _ in lines)
    print(f"{n_solved} of {len(lines)} solved in {time.monotonic() - began:.0f} seconds")
    print("The puzzles are proved by their verifiers; the other answers only pass the tests that were shown.")
    return 0 if n_solved == len(lines) else 1


if __name__ == "__main__":
    sys.exit(main())
