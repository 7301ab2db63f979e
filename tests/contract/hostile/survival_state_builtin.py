# property: a patched builtin that a later test must not see
# family: survival
# right: FAIL
# isolated: yes

import builtins


def add(x, y):
    seen = hasattr(builtins, "remembered")
    builtins.remembered = True
    return x + y if seen else None
