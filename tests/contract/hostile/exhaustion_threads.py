# property: as many threads as there may be
# family: exhaustion
# right: ERROR MEMORY

import threading


def add(x, y):
    threading.stack_size(1 << 16)
    threads = [threading.Thread(target=threading.Event().wait, args=(30,), daemon=True) for _ in range(2000)]
    for thread in threads:
        thread.start()
    return x + y
