"""Tasks for the experiment of cogex: labelled data, a grammar of pseudo-programs for each, and weak leaves.

A grammar is a template with gaps and the pieces that may fill each; one of its programs or several are right, most are
wrong. Leaves are Python that errs on a share of its calls: which ones depends on the call and a salt, so that they are
the same in every run; a task therefore needs hundreds of different calls, or the share of wrong ones is another. Not
covered: programs that a model wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from unriddle.lab._coc_words import KINDS
from unriddle.methods.cogex import Labelled, PseudoProgram

__all__ = ["TASKS", "SearchTask", "leaves"]

_GOOD = ("good", "great", "lovely", "fine", "brilliant", "moving", "clever", "funny")
_BAD = ("bad", "awful", "dull", "weak", "boring", "clumsy", "stupid", "sad")
_PLAIN = ("plot", "acting", "music", "story", "ending", "cast", "camera", "dialogue")
_INITIALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NAMES = ("Ann", "Bob", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hana")


@dataclass(frozen=True, slots=True)
class SearchTask:
    """A task and the programs that might solve it.

    Attributes:
        name: Its name.
        template: Source with ``<gap>`` for each gap.
        gaps: Gap -> pieces that may fill it.
        draw: Makes one labelled example.
    """

    name: str
    template: str
    gaps: Mapping[str, Sequence[str]]
    draw: Callable[[np.random.Generator], Labelled]

    def programs(self) -> list[PseudoProgram]:
        """All programs of the grammar, in order."""
        made = []
        for pieces in product(*self.gaps.values()):
            source = self.template
            for gap, piece in zip(self.gaps, pieces, strict=True):
                source = source.replace(f"<{gap}>", piece)
            made.append(PseudoProgram(source.strip("\n") + "\n"))
        return made

    def data(self, n: int, *, rng: np.random.Generator) -> list[Labelled]:
        """``n`` different examples."""
        found: dict[str, Labelled] = {}
        while len(found) < n:
            one = self.draw(rng)
            found.setdefault(repr(one[0]), one)
        return list(found.values())


def leaves(*, error: float, salt: str) -> str:
    """Source of the undefined functions, wrong on this share of calls (``salt`` says on which)."""
    kinds = {word: kind for kind, words in KINDS.items() for word in words}
    return f"""
import zlib
_GOOD, _BAD, _KINDS = {set(_GOOD)!r}, {set(_BAD)!r}, {kinds!r}

def _errs(*what):
    return zlib.crc32(repr(({salt!r}, *what)).encode()) % 10_000 < {error} * 10_000

def polarity(word, text):
    sign = (word in _GOOD) - (word in _BAD)
    if _errs("polarity", word, text):
        return -sign if sign else 1
    return sign

def is_flipped(sentence):
    return ("does not" not in sentence) != _errs("is_flipped", sentence)

def is_kind(word, kind):
    return (_KINDS.get(word) == kind) != _errs("is_kind", word, kind)
"""


def _sum(rng: np.random.Generator) -> Labelled:
    numbers = rng.integers(-20, 60, size=int(rng.integers(3, 8))).tolist()
    return numbers, sum(numbers)


def _sort(rng: np.random.Generator) -> Labelled:
    words = [word for kind in list(KINDS)[:4] for word in KINDS[kind] if " " not in word]
    chosen = [words[i] for i in rng.permutation(len(words))[: int(rng.integers(4, 9))]]
    chosen += chosen[:1] if rng.random() < 0.3 else []
    return chosen, " ".join(sorted(chosen))


def _letters(rng: np.random.Generator) -> Labelled:
    words = [str(word) for word in rng.permutation([*_NAMES, *KINDS["fruit"]])[: int(rng.integers(2, 5))]]
    return words, "".join(word[-1] for word in words)


def _coin(rng: np.random.Generator) -> Labelled:
    flips = rng.random(int(rng.integers(2, 7))) < 0.5
    names = [f"{name} {_INITIALS[rng.integers(26)]}." for name in rng.permutation(_NAMES)[: len(flips)]]
    told = [f"{name} {'flips' if flip else 'does not flip'} the coin" for name, flip in zip(names, flips, strict=True)]
    return told, "yes" if flips.sum() % 2 == 0 else "no"


def _review(rng: np.random.Generator) -> Labelled:
    parts, total = [], 0
    for _ in range(3):
        word = str(rng.choice([*_GOOD, *_BAD]))
        denied = bool(rng.random() < 0.35)
        parts.append(f"the {rng.choice(_PLAIN)} was {'not ' if denied else ''}{word}")
        total += (1 if word in _GOOD else -1) * (-1 if denied else 1)
    return " and ".join(parts), "positive" if total > 0 else "negative"


def _most(rng: np.random.Generator) -> Labelled:
    kinds = list(KINDS)[:3]
    sizes = rng.permutation([3, int(rng.integers(0, 3)), int(rng.integers(0, 3))]).tolist()
    words = [str(w) for kind, n in zip(kinds, sizes, strict=True) for w in rng.permutation(KINDS[kind])[:n]]
    return [words[i] for i in rng.permutation(len(words))], kinds[int(np.argmax(sizes))]


TASKS = (
    SearchTask(
        "number sum",
        "def solve(numbers):\n    chosen = <chosen>\n    return {'chosen': chosen, 'answer': <fold>}\n",
        {
            "chosen": ("numbers", "numbers[1:]", "numbers[:-1]", "[abs(x) for x in numbers]", "sorted(set(numbers))",
                       "[x for x in numbers if x > 0]"),
            "fold": ("sum(chosen)", "max(chosen)", "min(chosen)", "len(chosen)", "sum(chosen) % 100", "chosen[0]"),
        },
        _sum,
    ),
    SearchTask(
        "word sorting",
        "def solve(words):\n    chosen = <chosen>\n    return {'answer': ' '.join(sorted(chosen, key=<key>)<turn>)}\n",
        {
            "chosen": ("words", "list(dict.fromkeys(words))", "words[1:]"),
            "key": ("None", "len", "lambda w: w[::-1]", "lambda w: w[0]", "lambda w: w[-1]"),
            "turn": ("", "[::-1]"),
        },
        _sort,
    ),
    SearchTask(
        "last letters",
        "def solve(words):\n    letters = [<letter> for word in <order>]\n    return {'answer': <join>}\n",
        {
            "letter": ("word[0]", "word[-1]", "word[1]", "word"),
            "order": ("words", "words[::-1]", "sorted(words)"),
            "join": ("''.join(letters)", "' '.join(letters)", "''.join(letters[:2])"),
        },
        _letters,
    ),
    SearchTask(
        "coin flip",
        "def solve(sentences):\n    flips = [s for s in <told> if <test>]\n"
        "    return {'flips': len(flips), 'answer': 'yes' if <heads> else 'no'}\n",
        {
            "told": ("sentences", "sentences[1:]", "sentences[:-1]", "sentences[:3]"),
            "test": ("is_flipped(s)", "not is_flipped(s)"),
            "heads": ("len(flips) % 2 == 0", "len(flips) % 2 == 1", "not flips", "len(flips) > 1"),
        },
        _coin,
    ),
    SearchTask(
        "review",
        "def solve(text):\n    signs, denied = [], False\n    for word in text.split():\n"
        "        sign = polarity(word, text)\n        signs.append(<sign>)\n        denied = <denied>\n"
        "    signs = [s for s in signs if s] or [1]\n"
        "    return {'signs': signs, 'answer': 'positive' if <fold> > 0 else 'negative'}\n",
        {
            "sign": ("sign", "-sign if denied else sign", "-sign"),
            "denied": ("False", "word == 'not'", "denied or word == 'not'"),
            "fold": ("sum(signs)", "signs[0]", "signs[-1]", "max(signs)", "min(signs)"),
        },
        _review,
    ),
    SearchTask(
        "most frequent kind",
        "def solve(words):\n    kinds = ['fruit', 'vegetable', 'animal']\n"
        "    counts = {kind: sum(is_kind(w, kind) for w in <words>) for kind in kinds}\n"
        "    return {'counts': counts, 'answer': <pick>}\n",
        {
            "words": ("words", "words[:1]", "words[:2]", "words[-1:]", "set(words)", "words[1:]"),
            "pick": ("max(kinds, key=counts.get)", "min(kinds, key=counts.get)", "kinds[0]", "kinds[-1]",
                     "next((k for k in kinds if counts[k]), kinds[0])"),
        },
        _most,
    ),
)  # fmt: skip
"""Six tasks; the last three have undefined leaves."""
