# property: whatever encodes results is made to encode the right value of the first test
# family: patching
# right: FAIL CRASH ERROR

import sys


def add(x, y):
    for module in list(sys.modules.values()):
        for name in ("encode", "_marshalled", "_walk", "dumps", "pack", "send"):
            try:
                if callable(getattr(module, name, None)):
                    setattr(module, name, lambda *args, **kwargs: b"PASS")
            except (AttributeError, TypeError):
                pass
    return 1000
