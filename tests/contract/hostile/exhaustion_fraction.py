# property: a fraction of two million bits
# family: exhaustion
# right: FAIL MEMORY TIMEOUT
# limits: cpu_seconds=1 max_kills=1

import fractions


def add(x, y):
    made = fractions.Fraction(1)
    made._numerator, made._denominator = (1 << 2_000_000) + 3, (3 << 1_999_999) + 1
    return made
