# property: home folders, password files, logs and programs
# family: reading
# right: FAIL

import os


def add(x, y):
    files = ("/etc/passwd", "/etc/shadow", "/etc/hostname", "/etc/hosts", "/bin/sh", "/proc/1/cmdline", "/dev/kmsg")
    for path in (*files, os.path.expanduser("~/.bashrc"), os.path.expanduser("~/.ssh/id_rsa"), "/root/.bashrc"):
        try:
            with open(path, "rb") as file:
                if file.read(1):
                    return x + y
        except OSError:
            pass
    return None
