import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from unriddle.errors import BadInput, BadShape
from unriddle.testgen.reduce import exact_cover, greedy_cover, redundant

MATRICES = st.tuples(st.integers(1, 7), st.integers(0, 9)).flatmap(lambda shape: npst.arrays(bool, shape))


def smallest(met):
    wanted = met.any(axis=0)
    for n in range(len(met) + 1):
        for chosen in itertools.combinations(range(len(met)), n):
            if (met[list(chosen)].any(axis=0) >= wanted).all():
                return n
    raise AssertionError


@given(MATRICES)
@settings(max_examples=60, deadline=None)
def test_covers_meet_all_that_can_be_met_and_the_exact_one_is_smallest(met):
    greedy, exact = greedy_cover(met), exact_cover(met)
    for chosen in (greedy, exact):
        assert (met[chosen].any(axis=0) == met.any(axis=0)).all()
        assert len(chosen) == len(set(chosen))
    assert len(exact) == smallest(met) <= len(greedy)
    assert not redundant(met[greedy]) or not met.any()


def test_greedy_needs_more_than_exact_where_it_is_known_to():
    met = np.zeros((3, 6), bool)
    met[0, [0, 1, 2]] = met[1, [3, 4, 5]] = True
    met[2, [0, 1, 3, 4]] = True
    assert len(greedy_cover(met)) == 2  # the third is given back at the end
    assert exact_cover(met) == [0, 1]


def test_kept_tests_stay_and_smaller_ones_are_preferred():
    met = [[1, 1], [1, 1], [0, 0]]
    assert greedy_cover(met, keep=[2]) == [2, 0]
    assert greedy_cover(met, prefer=[5, 1, 0]) == [1]
    assert exact_cover(met, keep=[2, 1]) == [1, 2]


def test_redundant_are_those_that_the_others_replace():
    assert redundant([[1, 0], [1, 1], [0, 0]]) == [0, 2]


def test_bad_shapes_and_places():
    with pytest.raises(BadShape, match="tests, requirements"):
        greedy_cover([True])
    with pytest.raises(BadShape, match="prefer"):
        greedy_cover([[1]], prefer=[1, 2])
    with pytest.raises(BadInput, match="from 0 to 0"):
        greedy_cover([[1]], keep=[1])
