# property: an exception that is a SystemExit and says 0
# family: exits
# right: ERROR

class Done(SystemExit):
    code = 0

    def __str__(self):
        return "PASS"


def add(x, y):
    raise Done(0)
