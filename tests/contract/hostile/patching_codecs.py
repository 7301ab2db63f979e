# property: codecs and error handlers that write something else
# family: patching
# right: FAIL ERROR

import codecs


def other(text, *args):
    return b"PASS", len(text)


codecs.register(lambda name: codecs.CodecInfo(other, other, name=name))
for name in ("strict", "replace", "backslashreplace", "surrogatepass", "ignore"):
    codecs.register_error(name, lambda error: ("P", error.end))


def add(x, y):
    print("\ud800")
    return 1000
