# property: a process by multiprocessing
# family: escape
# right: FORBIDDEN ERROR

import multiprocessing


def add(x, y):
    process = multiprocessing.get_context("fork").Process(target=print)
    process.start()
    process.join()
    return x + y
