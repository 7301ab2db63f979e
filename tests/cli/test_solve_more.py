"""``unriddle solve`` on tables and typed list examples: formulas, runner-ups told apart, contradictions named."""

import json

import pytest

from unriddle.cli.main import main

LISTS = """signature = "f(xs: list[int]) -> int"
[[tests]]
args = [[3, 1, 2]]
returns = 3
[[tests]]
args = [[5, 4]]
returns = 5
"""


@pytest.fixture
def solve(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(name, text, *arguments):
        (tmp_path / name).write_text(text)
        with pytest.raises(SystemExit) as caught:
            main(["solve", name, "--quiet", "--workers", "1", *arguments])
        out, err = capsys.readouterr()
        return caught.value.code, out, err

    return run


def test_a_table_has_a_formula_and_runners_up_that_differ(solve):
    code, out, _ = solve("t.csv", "name,short\nAda Lovelace,Ada\nBob Turing,Bob\nGrace Hopper,\n", "--json")
    document = json.loads(out)
    assert (code, document["schema"]) == (0, 1)
    assert document["formula"] == '=LEFT(TRIM(A2),FIND(" ",TRIM(A2)&" ")-1)'
    assert len(document["runners_up"]) == len(document["differ"]) > 0
    assert document["differ"][0]["answer"] != document["differ"][0]["runner_up"]


def test_examples_over_lists_need_no_model(solve):
    code, out, _ = solve("l.toml", LISTS, "--json")
    document = json.loads(out)
    assert code == 0
    assert "formula" not in document
    exec(document["program"], names := {})
    assert names["f"]([7, 5]) == 7
    found = [one for one in document["differ"] if one]
    assert found
    assert names["f"](*found[0]["args"]) == int(found[0]["answer"]) != found[0]["runner_up"]


def test_contradictory_examples_are_named(solve):
    code, _, err = solve("l.toml", LISTS.replace("[[5, 4]]", "[[3, 1, 2]]"))
    assert code == 2
    assert "test 2 contradicts test 1: 'f([3, 1, 2])' is 3 there and 5 here" in err
