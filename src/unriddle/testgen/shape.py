"""What is known of the values of a name: votes for kinds, and the shapes of what it holds.

Names that are found to be alike are joined. Not covered: reading programs (``unriddle.testgen.usage``) and
choosing a kind (``unriddle.testgen.guess_kinds``).
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Shape"]


@dataclass(slots=True, eq=False)
class Shape:
    """What is known of the values of a name.

    Attributes:
        votes: Weight for each kind: names of ``Kind`` and the wider ``number``, ``sequence``, ``iterable``, ``sized``
            and ``changed`` (items are assigned).
        item: What it holds.
        row: Items are taken apart into that many parts; their shapes.
        key: What it is indexed by, where that is no number.
    """

    votes: dict[str, float] = field(default_factory=dict)
    item: Shape | None = None
    row: list[Shape] | None = None
    key: Shape | None = None
    same: Shape | None = None

    def find(self) -> Shape:
        """The shape that stands for this one."""
        shape = self
        while shape.same is not None:
            shape = shape.same
        return shape

    def vote(self, kind: str, weight: float) -> None:
        """One more reason to think that it is of this kind."""
        votes = self.find().votes
        votes[kind] = votes.get(kind, 0.0) + weight

    def inside(self) -> Shape:
        """The shape of its items."""
        shape = self.find()
        if shape.item is None:
            shape.item = Shape()
        return shape.item.find()

    def join(self, other: Shape) -> None:
        """Both are one from now on."""
        one, two = self.find(), other.find()
        if one is two or two.holds(one) or one.holds(two):
            return
        for kind, weight in two.votes.items():
            one.vote(kind, weight)
        two.same = one
        one.item = _joined(one.item, two.item)
        one.key = _joined(one.key, two.key)
        one.row = one.row or two.row

    def holds(self, other: Shape) -> bool:
        """Whether the other is somewhere inside."""
        stack, seen = [self], set()
        while stack:
            shape = stack.pop().find()
            if id(shape) in seen:
                continue
            seen.add(id(shape))
            parts = [part.find() for part in (shape.item, shape.key, *(shape.row or ())) if part is not None]
            if other.find() in parts:
                return True
            stack.extend(parts)
        return False


def _joined(one: Shape | None, two: Shape | None) -> Shape | None:
    if one is not None and two is not None:
        one.join(two)
    return one or two
