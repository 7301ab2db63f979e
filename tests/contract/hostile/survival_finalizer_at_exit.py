# property: an object whose finalizer waits at the end
# family: survival
# right: FAIL

import time


class Odd:
    def __del__(self, sleep=time.sleep):
        sleep(60)


kept = Odd()
kept.own = kept


def add(x, y):
    return None
