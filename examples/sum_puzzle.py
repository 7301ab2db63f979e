from typing import List


def sat(numbers: List[int], count=12, total=66) -> bool:
    """Find distinct numbers, in increasing order, with the given count and total."""
    return len(set(numbers)) == count and sum(numbers) == total and numbers == sorted(numbers)
