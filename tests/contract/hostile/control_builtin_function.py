# property: a function of the standard library
# family: control
# right: PASS

from operator import add
