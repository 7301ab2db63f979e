# property: shared memory of other processes
# family: reading
# right: FAIL

from multiprocessing import shared_memory


def add(x, y):
    for name in ("unriddle", "psm_unriddle", "canary"):
        try:
            shared_memory.SharedMemory(name=name, create=True, size=4096).unlink()
            return x + y
        except (OSError, ImportError):
            pass
    return None
