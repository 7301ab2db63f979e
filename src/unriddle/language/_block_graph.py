"""The graph that ``blocks`` draws: drafts of blocks, edges, and where jumps lead through ``finally`` and ``with``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

__all__ = ["Draft", "Graph", "Jump"]

_EXIT = -1


@dataclass(slots=True)
class Draft:
    """A block under construction; without lines it only passes control on."""

    key: int
    lines: set[int] = field(default_factory=set)
    successors: set[int] = field(default_factory=set)
    raises: set[int] = field(default_factory=set)
    decides: int = 0
    body: int | None = None
    endless: bool = False


@dataclass(frozen=True, slots=True)
class Jump:
    """Leaving by ``return``, ``raise``, ``break`` or ``continue``."""

    kind: str


@dataclass(slots=True)
class _Loop:
    head: Draft
    after: Draft


@dataclass(slots=True)
class _Guard:
    """A ``finally`` part or ``with`` line: every way out leads through it."""

    entry: Draft
    left_by: set[Jump] = field(default_factory=set)


class Graph:
    """Drafts, the one that is being filled (``None`` behind a jump), and what surrounds it.

    ``fallen_to`` are the drafts that are reached otherwise than by a jump.
    """

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self._owner: dict[int, Draft] = {}
        self._around: list[_Loop | _Guard] = []
        self._catch: list[Draft] = []
        self._left: dict[int, _Guard] = {}
        self.current: Draft | None = None
        self.fallen_to = set[int]()
        self.start(self.new())

    def new(self) -> Draft:
        """A draft in the present surroundings: exceptions in it go where they go here."""
        draft = Draft(len(self.drafts))
        draft.raises.add(self._catch[-1].key if self._catch else _EXIT)
        self.drafts.append(draft)
        return draft

    def start(self, draft: Draft) -> Draft:
        """Go on filling this draft. Exceptions in it go where they go now."""
        draft.raises = {self._catch[-1].key if self._catch else _EXIT}
        self.current = draft
        return draft

    def add(self, lines: Iterable[int]) -> Draft:
        """Put lines into the present draft, if no other has them; behind a jump, into a new one nothing leads to."""
        draft = self.current or self.start(self.new())
        for line in lines:
            owner = self._owner.setdefault(line, draft)
            owner.lines.add(line)
            owner.raises |= draft.raises  # of another statement on the same line
        return draft

    def go(self, source: Draft, target: Draft) -> None:
        """An edge."""
        source.successors.add(target.key)

    def fall_to(self, target: Draft) -> None:
        """An edge from the present draft, if control can get here."""
        if self.current is not None:
            self.go(self.current, target)
            self.fallen_to.add(target.key)
        self.current = None

    def raise_from(self, source: Draft) -> None:
        """An exception that was caught goes on from here."""
        source.successors.add(self._catch[-1].key if self._catch else _EXIT)

    def jump(self, jump: Jump) -> None:
        """Leave the present draft for good."""
        if self.current is not None:
            self._jump(self.current, jump)
        self.current = None

    def _jump(self, source: Draft, jump: Jump) -> None:
        if jump.kind == "raise":
            self.raise_from(source)
            return
        for around in reversed(self._around):
            if isinstance(around, _Guard):
                around.left_by.add(jump)
                self.go(source, around.entry)
                return
            if jump.kind in ("break", "continue"):
                self.go(source, around.after if jump.kind == "break" else around.head)
                return
        source.successors.add(_EXIT)

    @contextmanager
    def loop(self, head: Draft, after: Draft) -> Iterator[None]:
        """The body of a loop is being filled."""
        self._around.append(_Loop(head, after))
        yield
        self._around.pop()

    @contextmanager
    def catching(self, entry: Draft | None) -> Iterator[None]:
        """Exceptions go to ``entry``, when there is one."""
        if entry is not None:
            self._catch.append(entry)
        yield
        if entry is not None:
            self._catch.pop()

    @contextmanager
    def guarded(self, entry: Draft) -> Iterator[None]:
        """Every way out leads through ``entry``."""
        guard = _Guard(entry)
        self._left[entry.key] = guard
        self._around.append(guard)
        with self.catching(entry):
            yield
        self._around.pop()

    def leave(self, entry: Draft, source: Draft | None) -> None:
        """From ``source``, the end of what ``guarded`` was given, control goes on to wherever it was going."""
        if source is not None:
            for jump in (*self._left[entry.key].left_by, Jump("raise")):
                self._jump(source, jump)

    def through(self, keys: Iterable[int]) -> set[int]:
        """The drafts with lines (or the exit) that are reached from these keys through drafts without lines."""
        found, seen, stack = set[int](), set[int](), list(keys)
        while stack:
            key = stack.pop()
            if key in seen:
                continue
            seen.add(key)
            if key == _EXIT or self.drafts[key].lines:
                found.add(key)
            else:
                stack += self.drafts[key].successors
        return found

    def skip_endless_heads(self) -> None:
        """Where a condition is always true, some interpreters jump straight to the body."""
        for head in self.drafts:
            if head.endless and head.body is not None:
                for draft in self.drafts:
                    if head.key in draft.successors:
                        draft.successors.add(head.body)
