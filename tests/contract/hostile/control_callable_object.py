# property: an object that can be called
# family: control
# right: PASS

class Adder:
    def __call__(self, x, y):
        return x + y


add = Adder()
