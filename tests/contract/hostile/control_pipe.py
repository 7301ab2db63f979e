# property: a pipe between two threads
# family: control
# right: PASS

import os
import threading


def add(x, y):
    read, write = os.pipe()
    thread = threading.Thread(target=os.write, args=(write, f"{x} {y}".encode()))
    thread.start()
    thread.join()
    numbers = os.read(read, 100).split()
    os.close(read)
    os.close(write)
    return sum(map(int, numbers))
