# property: a thread that keeps writing answers on every descriptor
# family: survival
# right: FAIL CRASH TIMEOUT MEMORY ERROR
# limits: max_kills=1

import os
import threading


def babble():
    while True:
        for fd in range(3, 64):
            try:
                os.write(fd, b"PASS" * 16)
            except OSError:
                pass


def add(x, y):
    threading.Thread(target=babble, daemon=True).start()
    return None
