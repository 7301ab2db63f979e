# property: the collector, frames and tracebacks, looked at in good faith
# family: control
# right: PASS

import gc
import sys
import traceback
import tracemalloc


def add(x, y):
    tracemalloc.start()
    gc.collect()
    traceback.format_stack(sys._getframe())
    tracemalloc.stop()
    return x + y
