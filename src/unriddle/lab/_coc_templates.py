"""Programs with holes for six sets of BIG-Bench Hard, written once per form of question; and counting problems of ours.

A program holds the text of its question as a literal and reads it itself, so that it stands for what a good model
would write: nothing is known here but the form of the questions. Not covered: the other 21 sets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from unriddle.lab._coc_words import KINDS

__all__ = ["ALGORITHMIC", "FORMS", "Counting", "counting", "program_of", "sentence"]

_BOOLEAN = """
text = {text}
answer = eval(text.removesuffix(" is"))
"""

_ARITHMETIC = """
text = {text}
answer = eval(text.removesuffix(" ="))
"""

_DYCK = """
text = {text}
closing = {{"(": ")", "[": "]", "{{": "}}", "<": ">"}}
stack = []
for mark in text.split("Input: ")[1].split():
    if mark in closing:
        stack.append(closing[mark])
    else:
        stack.pop()
answer = " ".join(reversed(stack))
"""

_SORT = """
text = {text}
words = text.split("List: ")[1].split()
answer = " ".join(sorted(words))
"""

_NAVIGATE = """
text = {text}
moves = text.split("starting point? ")[1].split("\\nOptions")[0]
x, y, ahead = 0, 0, (0, 1)
for move in moves.rstrip(".").split(". "):
    words = move.split()
    right = (ahead[1], -ahead[0])
    ways = {{"forward": ahead, "backward": (-ahead[0], -ahead[1]), "right": right, "left": (-right[0], -right[1])}}
    if words[0] == "Take":
        way = ways[words[3] if len(words) > 3 else "forward"]
        x, y = x + int(words[1]) * way[0], y + int(words[1]) * way[1]
    elif words[0] == "Turn":
        ahead = ways["backward" if words[1] == "around" else words[1]]
answer = "Yes" if (x, y) == (0, 0) else "No"
"""

_COUNTING = """
text = {text}
numbers = dict(a=1, an=1, one=1, two=2, three=3, four=4, five=5, six=6, seven=7, eight=8, nine=9, ten=10)
listing, asked = text.removeprefix("I have ").split(". How many ")
kind = asked.removesuffix(" do I have?")
answer = 0
for part in listing.replace(" and ", " ").split(", "):
    number, thing = part.strip().split(" ", 1)
    if is_kind(thing, kind):
        answer += numbers[number]
"""

ALGORITHMIC: Mapping[str, str] = {
    "boolean_expressions": _BOOLEAN,
    "multistep_arithmetic_two": _ARITHMETIC,
    "dyck_languages": _DYCK,
    "word_sorting": _SORT,
    "navigate": _NAVIGATE,
    "object_counting": _COUNTING,
}
"""Set -> its program, with ``{text}`` for the question."""


def program_of(task: str, question: str) -> str:
    """The program for a question of one of the sets."""
    return ALGORITHMIC[task].strip("\n").format(text=repr(question))


FORMS: Mapping[str, str] = {
    "branch": """
n = 0
for thing in things:
    if is_kind(thing, kind):
        n += 1
answer = n
""",
    "augmented": """
n = 0
for thing in things:
    n += is_kind(thing, kind)
answer = n
""",
    "comprehension": """
answer = len([thing for thing in things if is_kind(thing, kind)])
""",
    "nested": """
groups = {{}}
for thing in things:
    if len(thing) > 0:
        if is_kind(thing, kind):
            groups.setdefault(kind, []).append(thing)
        else:
            groups.setdefault("other", []).append(thing)
answer = len(groups.get(kind, []))
""",
    "while": """
left, n = list(things), 0
while left:
    found = is_kind(left.pop(), kind)
    if not found:
        continue
    n = n + 1
answer = n
""",
}
"""Name -> a program that counts the things of a kind; ``comprehension`` has its calls in one line."""


@dataclass(frozen=True, slots=True)
class Counting:
    """A question for the number of things of a kind.

    Attributes:
        things: What there is.
        kind: What is counted.
        answer: How many there are.
        form: Which program is used, of ``FORMS``.
    """

    things: tuple[str, ...]
    kind: str
    answer: int
    form: str

    @property
    def question(self) -> str:
        """The text."""
        return sentence(self.things, self.kind)

    @property
    def program(self) -> str:
        """The program with holes."""
        head = f"things = {list(self.things)!r}\nkind = {self.kind!r}\n"
        return head + FORMS[self.form].strip("\n").format()

    @property
    def n_holes(self) -> int:
        """Executions of lines that Python cannot run: one for each thing, or one line in all."""
        return 1 if self.form == "comprehension" else len(self.things)


def sentence(things: Sequence[str], kind: str) -> str:
    """A question about things."""
    named = [f"{'an' if thing[0] in 'aeiou' else 'a'} {thing}" for thing in things]
    return f"I have {', '.join(named[:-1])}, and {named[-1]}. How many of these are a {kind}?"


def counting(
    n: int,
    words: Mapping[str, Sequence[str]],
    *,
    rng: np.random.Generator,
    n_things: int = 8,
    forms: Sequence[str] = (),
    kinds: Sequence[str] = (),
) -> list[Counting]:
    """``n`` questions with ``n_things`` different things each, of the kind asked for and of others."""
    kinds = kinds or [kind for kind in list(KINDS)[:4] if words.get(kind)]
    made = []
    for i in range(n):
        kind = kinds[int(rng.integers(len(kinds)))]
        right = list(words[kind])
        wrong = [word for other, of in words.items() if other != kind for word in of]
        n_right = int(rng.integers(1, min(n_things, len(right))))
        things = [right[j] for j in rng.permutation(len(right))[:n_right]]
        things += [wrong[j] for j in rng.permutation(len(wrong))[: n_things - n_right]]
        order = rng.permutation(len(things))
        form = list(forms or FORMS)[i % len(forms or FORMS)]
        made.append(Counting(tuple(things[j] for j in order), kind, n_right, form))
    return made
