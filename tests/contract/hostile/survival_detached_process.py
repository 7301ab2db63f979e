# property: a process in a session of its own
# family: survival
# right: FORBIDDEN ERROR

import subprocess
import sys


def add(x, y):
    command = [sys.executable or "/bin/sh", "-c", "import time; time.sleep(30)"]
    subprocess.Popen(command, start_new_session=True)
    return x + y
