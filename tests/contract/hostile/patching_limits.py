# property: the file size limit is lowered so that nothing can be reported
# family: patching
# right: FAIL CRASH ERROR

import resource


def add(x, y):
    for name in (resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE, resource.RLIMIT_STACK):
        try:
            resource.setrlimit(name, (0, 0))
        except (OSError, ValueError):
            pass
    return 1000
