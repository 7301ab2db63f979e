# property: a changed file mask or limit that a later test must not see
# family: survival
# right: FAIL
# isolated: yes

import os
import resource


def add(x, y):
    seen = os.umask(0o777) == 0o777 or resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 40
    resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
    return x + y if seen else None
