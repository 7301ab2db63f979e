# property: an endless loop that catches everything
# family: exhaustion
# right: TIMEOUT
# limits: cpu_seconds=0.1 max_kills=1

def add(x, y):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
        finally:
            continue
