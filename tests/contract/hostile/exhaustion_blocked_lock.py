# property: a lock that is never released
# family: exhaustion
# right: TIMEOUT
# limits: wall_seconds=0.3 max_kills=1

import threading


def add(x, y):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
