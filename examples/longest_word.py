def longest_word(text: str) -> str:
    """Return the longest word in the text. Words are separated by spaces.

    >>> longest_word("a quick test")
    'quick'
    >>> longest_word("hello")
    'hello'
    """


assert longest_word("to be continued") == "continued"
