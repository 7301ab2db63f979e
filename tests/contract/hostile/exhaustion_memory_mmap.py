# property: memory by anonymous mapping
# family: exhaustion
# right: ERROR MEMORY

import mmap


def add(x, y):
    maps = [mmap.mmap(-1, 1 << 26) for _ in range(1000)]
    return x + y if len(maps) == 1000 else None
