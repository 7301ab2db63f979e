"""No Python file of the package or its tests is longer than 400 lines: one file is one idea."""

from __future__ import annotations

import sys
from pathlib import Path

LIMIT = 400


def main() -> int:
    """Print the files that are too long; their number is the exit code's truth value."""
    root = Path(__file__).resolve().parents[1]
    long = []
    for folder in ("src", "tests", "perf", "docs", "examples"):
        for path in sorted((root / folder).rglob("*.py")):
            n_lines = len(path.read_text(encoding="utf-8").splitlines())
            if n_lines > LIMIT:
                long.append(f"{path.relative_to(root)}: {n_lines} lines, at most {LIMIT}")
    print("\n".join(long) or f"all files have at most {LIMIT} lines")
    return bool(long)


if __name__ == "__main__":
    sys.exit(main())
