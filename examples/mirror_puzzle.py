def sat(word: str, mirrored="riddle") -> bool:
    """Find the word that reads like this one backwards."""
    return word[::-1] == mirrored
