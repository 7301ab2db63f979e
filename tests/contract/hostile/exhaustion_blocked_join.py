# property: a wait for a thread that does not end
# family: exhaustion
# right: TIMEOUT
# limits: wall_seconds=0.3 max_kills=1

import signal
import threading


def add(x, y):
    thread = threading.Thread(target=signal.pause)
    thread.start()
    thread.join()
