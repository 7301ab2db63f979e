# property: a thread that the interpreter would wait for
# family: survival
# right: FAIL

import threading
import time


def add(x, y):
    threading.Thread(target=time.sleep, args=(60,)).start()
    return None
