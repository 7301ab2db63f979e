# property: threads that share the work
# family: control
# right: PASS

import threading


def add(x, y):
    parts = []
    threads = [threading.Thread(target=parts.append, args=(part,)) for part in (x, y)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(parts)
