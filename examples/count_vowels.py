def count_vowels(text: str) -> int:
    """Return how many vowels (a, e, i, o, u) are in the text.

    >>> count_vowels("hello world")
    3
    >>> count_vowels("xyz")
    0
    """


assert count_vowels("aeiou") == 5
