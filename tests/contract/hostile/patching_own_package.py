# property: every function of the executor's own modules agrees to everything
# family: patching
# right: FAIL CRASH ERROR

import sys
import types

for name, module in list(sys.modules.items()):
    if name.startswith("unriddle"):
        for key, value in list(vars(module).items()):
            if isinstance(value, types.FunctionType):
                setattr(module, key, lambda *args, **kwargs: True)


def add(x, y):
    return 1000
