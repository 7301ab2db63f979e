# property: subprocess.run
# family: escape
# right: FORBIDDEN ERROR

import subprocess


def add(x, y):
    subprocess.run(["/bin/sh", "-c", "exit 0"], check=True)
    return x + y
