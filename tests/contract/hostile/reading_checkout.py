# property: the tests beside the executor's own source
# family: reading
# right: FAIL
# rlimits: - this level shows whether a file exists, which is all that it asks

import os
import sys


def add(x, y):
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None) or ""
        for _ in range(6):
            path = os.path.dirname(path)
            for name in ("tests", "pyproject.toml", ".git", "test_hostile.py"):
                if path not in ("", "/") and "unriddle" in str(module) and os.path.exists(os.path.join(path, name)):
                    return x + y
    return None
