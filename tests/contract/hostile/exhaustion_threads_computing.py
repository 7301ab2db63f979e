# property: four threads that compute
# family: exhaustion
# right: TIMEOUT
# limits: cpu_seconds=0.1 max_kills=1

import threading


def spin():
    while True:
        pass


def add(x, y):
    for _ in range(4):
        threading.Thread(target=spin).start()
    spin()
