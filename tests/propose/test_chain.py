"""Chain: one proposer after the other."""

import pytest

from unriddle.candidate import Candidate
from unriddle.errors import BadInput
from unriddle.propose import Chain
from unriddle.verdicts import Verdicts


class Listed:
    def __init__(self, *sources):
        self.left, self.told = [Candidate(source) for source in sources], 0

    def ask(self, k):
        asked, self.left = self.left[:k], self.left[k:]
        return asked

    def tell(self, candidates, verdicts):
        self.told += len(candidates)


def drain(chain, k):
    found = []
    while asked := chain.ask(k):
        assert len(asked) <= k
        found += [candidate.source for candidate in asked]
    return found


@pytest.mark.parametrize("k", [1, 2, 10])
def test_each_is_asked_until_it_is_exhausted(k):
    assert drain(Chain([Listed("a", "b", "c"), Listed(), Listed("d")]), k) == ["a", "b", "c", "d"]


def test_caps_bound_each_part():
    chain = Chain([Listed("a", "b", "c"), Listed("d", "e"), Listed("f", "g")], caps=[2, 0])
    assert drain(chain, 5) == ["a", "b", "f", "g"]


def test_all_are_told():
    parts = [Listed("a"), Listed("b")]
    chain = Chain(parts)
    chain.tell(chain.ask(1), Verdicts.empty())
    assert [part.told for part in parts] == [1, 1]


def test_bad_arguments():
    with pytest.raises(BadInput, match="at least one proposer"):
        Chain([])
    with pytest.raises(BadInput, match="2 caps for 1 proposers"):
        Chain([Listed()], caps=[1, 2])
