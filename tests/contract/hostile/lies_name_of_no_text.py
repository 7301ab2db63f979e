# property: a class whose name is an object that lies about being text
# family: lies
# right: FAIL ERROR

class Name(str):
    def __str__(self):
        return "int"

    def encode(self, *args):
        return b"i\5\0\0\0"


class Meta(type):
    __name__ = property(lambda cls: Name("int"))


class Liar(metaclass=Meta):
    pass


def add(x, y):
    return Liar()
