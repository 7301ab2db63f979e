# property: an audit hook that refuses whatever the process does next
# family: patching
# right: ERROR CRASH FAIL

import sys


def add(x, y):
    def refuse(event, args):
        raise SystemExit(0)

    sys.addaudithook(refuse)
    return 1000
