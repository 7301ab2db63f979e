# property: a list, a dict and an object that contain themselves
# family: exhaustion
# right: FAIL TIMEOUT
# limits: cpu_seconds=0.15 max_kills=1

def add(x, y):
    loop = []
    loop.append(loop)
    loop.append({"loop": loop})
    return loop
