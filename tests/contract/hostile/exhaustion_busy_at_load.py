# property: an endless loop while loading
# family: exhaustion
# right: TIMEOUT
# limits: cpu_seconds=0.1 max_kills=1

while True:
    pass
