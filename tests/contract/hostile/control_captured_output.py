# property: its own standard output, captured and put back
# family: control
# right: PASS

import contextlib
import io


def add(x, y):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        print(x + y)
    return int(out.getvalue())
