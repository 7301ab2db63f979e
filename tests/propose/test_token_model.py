"""The n-gram model of symbols."""

import math

import pytest

from unriddle.errors import BadInput
from unriddle.propose.token_model import TokenModel

PROGRAMS = ["for x in y:\n    z = x\n", "for a in b:\n    c = a\n", "if x:\n    y = 1\n"]


@pytest.mark.parametrize("backward", [False, True])
def test_chances_of_all_symbols_and_the_unseen_add_up_to_one(backward):
    model = TokenModel.fit(PROGRAMS, order=3, backward=backward)
    known = {s for row in model.as_dict()["counts"].values() for s in row}
    for context in ((), ("N",), ("for", "N"), ("never", "seen")):
        total = sum(math.exp(model.logprob((*context, symbol))) for symbol in known)
        kinds = len(known)
        unseen = math.exp(model.logprob((*context, "unseen")))
        assert total + (kinds + 1) * unseen == pytest.approx(1.0)


def test_what_was_seen_is_likelier():
    model = TokenModel.fit(PROGRAMS, order=3)
    assert model.logprob(("for", "N", "in")) > model.logprob(("for", "N", "="))


@pytest.mark.parametrize("backward", [False, True])
def test_changing_the_middle_changes_the_total_as_the_whole(backward):
    model = TokenModel.fit(PROGRAMS, order=3, backward=backward)
    old, new = ["NL=", "for", "N", "in", "N", ":"], ["NL=", "for", "N", "=", "N", ":"]
    whole = model.total(new, 0, len(new)) - model.total(old, 0, len(old))
    assert model.total(new, 3, 4) - model.total(old, 3, 4) == pytest.approx(whole)


def test_a_stored_model_is_the_same():
    model = TokenModel.fit(PROGRAMS, order=3, backward=True)
    again = TokenModel.from_dict(model.as_dict())
    assert again.logprob((":", "NL>")) == model.logprob((":", "NL>"))
    assert (again.order, again.backward) == (3, True)


@pytest.mark.parametrize("data", [{}, {"order": 2, "backward": False, "counts": {}}, {"order": 1, "counts": 3}])
def test_other_data_are_refused(data):
    with pytest.raises(BadInput):
        TokenModel.from_dict(data)
