# property: a thread that keeps making files
# family: survival
# right: FAIL TIMEOUT
# limits: max_kills=1

import os
import threading


def litter():
    for i in range(1000):
        os.makedirs(f"left/{i}", exist_ok=True)


def add(x, y):
    threading.Thread(target=litter, daemon=True).start()
    return None
