# property: four gigabytes in four megabytes of compressed text
# family: exhaustion
# right: TIMEOUT MEMORY
# limits: cpu_seconds=0.1 max_kills=1

import gzip


def add(x, y):
    return len(gzip.decompress(gzip.compress(bytes(1 << 22)) * 1000))
