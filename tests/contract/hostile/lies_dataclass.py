# property: a data class whose fields lie and whose equality is always true
# family: lies
# right: FAIL

import dataclasses


@dataclasses.dataclass(eq=False)
class Liar:
    right: int

    def __eq__(self, other):
        return True

    def __getattribute__(self, name):
        return 5 if name in ("right", "hidden") else object.__getattribute__(self, name)


Liar.__dataclass_fields__["hidden"] = Liar.__dataclass_fields__["right"]


def add(x, y):
    return Liar(x + y)
