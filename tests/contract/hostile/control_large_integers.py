# property: large integers on the way
# family: control
# right: PASS

def add(x, y):
    large = 3**20_000
    return (x * large + y * large) // large
