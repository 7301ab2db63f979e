# property: memory by the stacks of threads
# family: exhaustion
# right: ERROR FAIL MEMORY

import threading


def add(x, y):
    threading.stack_size(1 << 28)
    threads = [threading.Thread(target=threading.Event().wait, args=(30,), daemon=True) for _ in range(64)]
    for thread in threads:
        thread.start()
    return None
