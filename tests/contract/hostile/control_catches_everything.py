# property: a function that catches everything
# family: control
# right: PASS

def add(x, y):
    try:
        raise KeyboardInterrupt
    except BaseException:
        try:
            raise SystemExit(1)
        except BaseException:
            return x + y
