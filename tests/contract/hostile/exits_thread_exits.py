# property: os._exit(0) from a thread while the call goes on
# family: exits
# right: CRASH

import os
import threading
import time


def add(x, y):
    threading.Thread(target=os._exit, args=(0,)).start()
    time.sleep(5)
