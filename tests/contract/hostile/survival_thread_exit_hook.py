# property: an exit hook of the threading module
# family: survival
# right: FAIL

import threading
import time

threading._register_atexit(time.sleep, 60)


def add(x, y):
    return None
