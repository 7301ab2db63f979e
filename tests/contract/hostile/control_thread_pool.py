# property: a pool of threads
# family: control
# right: PASS

from concurrent.futures import ThreadPoolExecutor


def add(x, y):
    with ThreadPoolExecutor(3) as pool:
        return pool.submit(int.__add__, x, y).result()
