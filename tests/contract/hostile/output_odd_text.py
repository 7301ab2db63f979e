# property: lone surrogates, null bytes and terminal controls in what is printed
# family: output
# right: FAIL

def add(x, y):
    print("\ud800\0\x1b]0;title\x07\x1b[31m\x9b2J\u202e", end="")
    return 1000
