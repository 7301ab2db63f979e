# property: its own limits, lowered to nothing
# family: survival
# right: FAIL CRASH ERROR

import resource


def add(x, y):
    for name in (resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE, resource.RLIMIT_AS):
        try:
            resource.setrlimit(name, (1, 1))
        except (OSError, ValueError):
            pass
    return None
