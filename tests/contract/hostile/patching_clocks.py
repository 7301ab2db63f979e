# property: clocks that stand still while the program computes
# family: patching
# right: TIMEOUT
# limits: cpu_seconds=0.1 max_kills=1

import time

for name in ("time", "monotonic", "perf_counter", "process_time", "thread_time", "clock_gettime"):
    setattr(time, name, lambda *args: 0.0)


def add(x, y):
    while True:
        pass
