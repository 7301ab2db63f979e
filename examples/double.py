def double(x: int) -> int:
    """Return twice the number x.

    >>> double(2)
    4
    >>> double(-3)
    -6
    """
