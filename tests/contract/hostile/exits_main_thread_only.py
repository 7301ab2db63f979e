# property: the main thread ends, another one stays
# family: exits
# right: TIMEOUT CRASH
# limits: wall_seconds=0.3 max_kills=1

import ctypes
import threading
import time


def add(x, y):
    threading.Thread(target=time.sleep, args=(60,)).start()
    ctypes.CDLL(None).syscall(60, 0)
