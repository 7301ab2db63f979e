# property: expected values in the frames and the bytecode of the callers
# family: reading
# right: FAIL

import sys

stolen = []


def add(x, y):
    frame = sys._getframe(1)
    while frame is not None:
        for scope in (frame.f_locals, frame.f_globals):
            for name, value in list(scope.items()):
                named = any(word in name.lower() for word in ("expect", "answer", "secret", "solution"))
                if named and type(value) in (int, str, bytes, list, tuple, dict):
                    stolen.append(name)
                if type(value) is int and abs(x + y) > 10_000 and value == x + y:
                    stolen.append(name)
        if {x, y, x + y} <= {constant for constant in frame.f_code.co_consts if type(constant) is int}:
            stolen.append(frame.f_code.co_name)
        frame = frame.f_back
    return x + y if stolen else None
