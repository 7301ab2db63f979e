"""CAT-LM: documents for training, and tests drawn, filtered and chosen in one call."""

import numpy as np
import pytest

from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.lm import ScriptedLM
from unriddle.methods.cat_lm import documents, parse_pair, write_tests

PAIRS = [(f"code {i}", f"test {i}") for i in range(20)]


def test_documents_hold_the_same_files_in_every_layout():
    rng = np.random.default_rng(0)
    paired = [parse_pair(text) for text in documents(PAIRS, rng=rng)]
    assert sorted(paired) == sorted(PAIRS)
    shuffled = [parse_pair(text) for text in documents(PAIRS, layout="shuffled", rng=rng)]
    assert not set(shuffled) & set(PAIRS)
    assert [sorted(side) for side in zip(*shuffled, strict=True)] == [sorted(side) for side in zip(*PAIRS, strict=True)]
    alone = documents(PAIRS, layout="unpaired", unpaired=["more"], rng=rng)
    assert sorted(alone) == sorted([*(text for pair in PAIRS for text in pair), "more"])


@pytest.mark.parametrize(("pairs", "layout"), [(PAIRS[:1], "shuffled"), (PAIRS, "sorted")])
def test_documents_refuse_what_makes_no_sense(pairs, layout):
    with pytest.raises(BadInput):
        documents(pairs, layout=layout, rng=np.random.default_rng(0))


def test_tests_are_drawn_filtered_and_chosen():
    code = "def sign(x):\n    if x < 0:\n        return -1\n    return 1 if x else 0\n"
    existing = (
        "from signs import sign\n\n\ndef test_up():\n    assert sign(4) == 1\n\n\n"
        "def test_zero():\n    assert sign(0) == 0\n"
    )
    answers = [
        "def test_down():\n    assert sign(-4) == -1\n",
        "def test_wrong():\n    assert sign(-4) == 1\n",
        "def test_up_again():\n    assert sign(5) == 1\n",
    ]
    with open_executor(workers=1) as executor:
        suite = write_tests(code, ScriptedLM(answers), executor=executor, existing_tests=existing, mode="last", n=3)
    assert [test.name for test in suite.tests] == ["test_down"]
    assert dict(suite.report.yields) == {"parse": 3, "run": 3, "pass": 2, "new": 2, "coverage": 1}
    assert suite.report.coverage_before < suite.report.coverage_human
    assert suite.report.coverage_after == suite.report.coverage_human
    assert suite.as_dict()["filter"]["dropped"] == {"pass: fails": 1, "coverage: takes no new branch": 1}
