# property: expected values in the frames of every thread
# family: reading
# right: FAIL

import sys


def add(x, y):
    for frame in sys._current_frames().values():
        while frame is not None:
            if {"expected", "expect", "SECRET", "pairs"} & {*frame.f_locals, *frame.f_globals}:
                return x + y
            frame = frame.f_back
    return None
