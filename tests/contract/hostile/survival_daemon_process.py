# property: a daemon process by multiprocessing
# family: survival
# right: FORBIDDEN ERROR

import multiprocessing
import time


def add(x, y):
    multiprocessing.get_context("fork").Process(target=time.sleep, args=(30,), daemon=True).start()
    return x + y
