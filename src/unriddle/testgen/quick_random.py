"""A random generator whose single draws are cheap: numbers are drawn by the thousand and handed out one at a time.

A single draw of ``numpy.random.Generator`` costs about a microsecond, which is most of what changing a small value
costs. Not covered: draws of single whole numbers below 2**32 are biased by less than one part in a million.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["QuickRandom"]

_AT_ONCE = 4096
_WIDEST = 2**32


class QuickRandom(np.random.Generator):
    """Draws from the bit generator of another generator, which goes on with it.

    >>> rng = QuickRandom(np.random.default_rng(0))
    >>> 0 <= rng.random() < 1, rng.integers(5, 6), rng.integers(3, size=2).shape
    (True, 5, (2,))
    """

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__(rng.bit_generator)
        self._ready: list[float] = []

    def random(self, size: Any = None, *args: Any, **options: Any) -> Any:
        """As of ``numpy.random.Generator``."""
        if size is not None or args or options:
            return super().random(size, *args, **options)
        if not self._ready:
            self._ready = super().random(_AT_ONCE).tolist()
        return self._ready.pop()

    def integers(self, low: Any, high: Any = None, size: Any = None, **options: Any) -> Any:  # type: ignore[override]
        """As of ``numpy.random.Generator``, a plain ``int`` where there is no ``size``."""
        if size is None and not options:
            start, end = (0, low) if high is None else (low, high)
            if 0 < end - start <= _WIDEST:
                return start + int(self.random() * (end - start))
        return super().integers(low, high, size=size, **options)

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
        """As of ``numpy.random.Generator``."""
        return low + (high - low) * self.random() if size is None else super().uniform(low, high, size)
