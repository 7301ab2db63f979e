# property: a coroutine that would give the right number
# family: lies
# right: FAIL

async def add(x, y):
    return x + y
