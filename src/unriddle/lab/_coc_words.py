"""Words and the kinds of things they name: what a language model is to know in the experiments of chain_of_code.

Written from common knowledge, in the singular. The second half of each kind is held out: its words stand in no worked
example. Not covered: words of two kinds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["KINDS", "held_out", "is_kind", "shown", "singular"]

KINDS: Mapping[str, Sequence[str]] = {
    "fruit": (
        "apple", "banana", "orange", "grape", "plum", "peach", "strawberry", "cherry", "pear", "lemon", "mango",
        "raspberry", "blackberry", "blueberry", "nectarine", "apricot", "kiwi", "melon", "lime", "fig", "pineapple",
        "papaya", "grapefruit", "watermelon", "cranberry", "pomegranate", "date", "guava", "tangerine", "currant",
    ),
    "vegetable": (
        "carrot", "potato", "onion", "cabbage", "lettuce", "garlic", "broccoli", "cauliflower", "celery", "spinach",
        "yam", "turnip", "radish", "leek", "pea", "cucumber", "asparagus", "beetroot", "kale", "zucchini", "pumpkin",
        "artichoke", "parsnip", "eggplant", "bean", "pepper", "shallot", "sweet potato", "chard", "corn",
    ),
    "animal": (
        "dog", "cat", "cow", "horse", "mouse", "rabbit", "chicken", "pig", "goat", "fish", "bear", "frog", "snake",
        "donkey", "snail", "duck", "sheep", "lion", "tiger", "monkey", "elephant", "turtle", "bird", "wolf", "fox",
        "goose", "crab", "spider", "parrot", "whale",
    ),
    "musical instrument": (
        "piano", "violin", "drum", "flute", "trumpet", "guitar", "clarinet", "accordion", "trombone", "cello", "harp",
        "saxophone", "oboe", "tuba", "banjo", "bassoon", "harmonica", "xylophone", "viola", "mandolin", "organ",
        "ukulele", "bugle", "cymbal", "lute", "tambourine", "bagpipe", "recorder", "sitar", "harpsichord",
    ),
    "piece of furniture": ("chair", "table", "bed", "couch", "desk", "bench", "wardrobe", "stool", "bookcase", "sofa"),
    "vehicle": ("car", "bus", "truck", "bicycle", "train", "tram", "van", "motorcycle", "tractor", "lorry"),
    "appliance": ("fridge", "oven", "microwave", "toaster", "stove", "lamp", "kettle", "blender", "heater", "freezer"),
}  # fmt: skip
"""Kind -> words."""

_IRREGULAR = {"mice": "mouse", "geese": "goose", "wolves": "wolf", "calves": "calf", "leaves": "leaf"}


def shown(kind: str) -> Sequence[str]:
    """Words of a kind that may stand in worked examples."""
    return KINDS[kind][: len(KINDS[kind]) // 2]


def held_out(kind: str) -> Sequence[str]:
    """The other words of a kind."""
    return KINDS[kind][len(KINDS[kind]) // 2 :]


def singular(word: str) -> str:
    """The singular of an English noun of the usual kind.

    >>> singular("strawberries"), singular("potatoes"), singular("peaches"), singular("bus")
    ('strawberry', 'potato', 'peach', 'bus')
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    for end, instead in (("ies", "y"), ("oes", "o"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("ses", "s")):
        if word.endswith(end):
            return word[: -len(end)] + instead
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "gus")) else word


def is_kind(thing: str, kind: str) -> bool:
    """Whether a thing, in singular or plural and with or without ``head of`` and the like, is of a kind.

    >>> is_kind("heads of broccoli", "vegetables"), is_kind("lettuce head", "vegetable"), is_kind("drum", "fruit")
    (True, True, False)
    """
    kind = singular(kind.strip().lower())
    name = thing.strip().lower()
    for unit in ("head", "stalk", "clove", "bunch", "ear", "bulb"):
        name = name.removeprefix(f"{unit} of ").removeprefix(f"{unit}s of ").removesuffix(f" {unit}s")
        name = name.removesuffix(f" {unit}")
    if kind == "object":
        return True
    words = KINDS.get(kind, ())
    return name in words or singular(name) in words
