# property: a class whose metaclass says that everything is an instance and equal
# family: lies
# right: FAIL ERROR

class Meta(type):
    def __instancecheck__(cls, instance):
        return True

    def __subclasscheck__(cls, other):
        return True

    def __eq__(cls, other):
        return True

    def __hash__(cls):
        return hash(int)


class Liar(metaclass=Meta):
    pass


def add(x, y):
    return Liar if x % 2 else Liar()
