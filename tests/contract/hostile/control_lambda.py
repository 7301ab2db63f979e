# property: a lambda
# family: control
# right: PASS

add = lambda x, y: x + y
