# property: source text of its own, compiled and executed
# family: control
# right: PASS

def add(x, y):
    names = {}
    exec(compile("def inner(a, b): return a + b", "inner", "exec"), names)
    return eval("inner(x, y)", names, {"x": x, "y": y})
