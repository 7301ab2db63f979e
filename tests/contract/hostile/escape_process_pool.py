# property: a pool of processes
# family: escape
# right: FORBIDDEN ERROR TIMEOUT
# limits: max_kills=1

from concurrent.futures import ProcessPoolExecutor


def add(x, y):
    with ProcessPoolExecutor(1) as pool:
        return pool.submit(int.__add__, x, y).result(timeout=1)
