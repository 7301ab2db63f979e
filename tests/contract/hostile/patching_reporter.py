# property: whatever reports exceptions is made to report none
# family: patching
# right: ERROR CRASH FAIL

import sys


def add(x, y):
    frame = sys._getframe(1)
    while frame is not None:
        for name in ("report_error", "format_exception", "print_exc"):
            if name in frame.f_globals:
                frame.f_globals[name] = lambda *args: ("", "", 0, 0)
        frame = frame.f_back
    raise ValueError
