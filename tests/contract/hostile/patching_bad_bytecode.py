# property: a function whose bytecode is garbage
# family: patching
# right: CRASH ERROR FAIL TIMEOUT MEMORY
# limits: max_kills=1

def add(x, y):
    return 1000


add.__code__ = add.__code__.replace(co_code=bytes(range(9, 200)) * 4, co_stacksize=0)
