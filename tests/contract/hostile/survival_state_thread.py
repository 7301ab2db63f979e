# property: a thread that a later test must not see
# family: survival
# right: FAIL
# isolated: yes

import threading
import time


def add(x, y):
    seen = threading.active_count() > 1
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    return x + y if seen else None
