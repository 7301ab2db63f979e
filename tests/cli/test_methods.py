import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from unriddle.cli.lab import lab_command, number, wanted
from unriddle.cli.methods import methods_command
from unriddle.errors import BadInput
from unriddle.lab import run as lab_run
from unriddle.lab.base import claim, not_run
from unriddle.methods.registry import METHODS, describe
from unriddle.methods.registry import _read as read_docstring

ROOT = Path(__file__).parents[2]


def test_methods_json_has_the_promised_shape():
    result = CliRunner().invoke(methods_command, ["--json"])
    rows = json.loads(result.stdout)
    assert [row["name"] for row in rows] == list(METHODS)
    for row in rows:
        assert {"name", "paper", "year", "module", "summary", "claims_held", "claims"} <= set(row)
        assert row["claims_held"] + row["claims_not_run"] <= row["claims"]
        assert 1950 < row["year"] < 2030


def test_methods_table_names_every_method():
    out = CliRunner().invoke(methods_command, []).stdout
    assert all(name in out for name in METHODS)


def test_describe_reads_the_docstring_and_refuses_unknown_names():
    info = describe("scaling-flaws")
    assert (info.year, info.module) == (2024, "unriddle.methods.scaling_flaws")
    assert info.paper.startswith("Stroebl 2024: ")
    with pytest.raises(BadInput, match="scaling_flaws"):
        describe("scaling_laws")
    with pytest.raises(BadInput, match="must begin"):
        read_docstring("x", '"""No citation here."""')


def test_every_method_says_what_differs_and_what_is_not_covered():
    for name in METHODS:
        text = " ".join(describe(name).details)
        assert "What differs from the paper" in text
        assert "Not covered" in text
        assert "Expected in the lab" in text


def test_listing_methods_imports_none_of_them():
    code = (
        "import sys; from unriddle.cli.methods import method_rows; method_rows();"
        "print([m for m in sys.modules if m in ('scipy', 'unriddle.methods.scaling_flaws')])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_the_methods_page_is_up_to_date():
    script = ROOT / "docs" / "generate_methods.py"
    done = subprocess.run([sys.executable, str(script), "--check"], check=False)
    assert done.returncode == 0, "run: python docs/generate_methods.py"


def fake_experiment(monkeypatch, *claims):
    module = type(sys)("fake_lab_module")
    module.experiment = lambda preset, *, seed, context: list(claims)
    monkeypatch.setitem(sys.modules, "fake_lab_module", module)
    monkeypatch.setitem(lab_run.EXPERIMENTS, "scaling_flaws", "fake_lab_module:experiment")


HELD = claim("holds [1, 2]", 2, relation=">", baseline=1)
FAILED = claim("fails", 1, relation=">", baseline=2)
ABSENT = not_run("absent", "needs a moon")


@pytest.mark.parametrize(("claims", "code"), [((HELD,), 0), ((HELD, FAILED), 1), ((HELD, ABSENT), 0)])
def test_exit_code_says_whether_every_measured_claim_held(monkeypatch, claims, code):
    fake_experiment(monkeypatch, *claims)
    result = CliRunner().invoke(lab_command, ["scaling_flaws", "--json"], standalone_mode=False)
    assert result.return_value == code
    document = json.loads(result.stdout)
    assert document["schema"] == 1
    assert [row["held"] for row in document["claims"]] == [c.held for c in claims]


def test_the_table_shows_failures_and_reasons(monkeypatch):
    fake_experiment(monkeypatch, HELD, FAILED, ABSENT)
    out = CliRunner().invoke(lab_command, ["scaling_flaws"], standalone_mode=False).stdout
    assert "NO" in out
    assert "needs a moon" in out
    assert "holds [1, 2]" in out
    assert "1 held, 1 did not, 1 not run" in out


def test_recording_needs_the_flag_and_names_its_command(monkeypatch, tmp_path):
    fake_experiment(monkeypatch, HELD)
    monkeypatch.setattr(lab_run, "_results", lambda: tmp_path)
    CliRunner().invoke(lab_command, ["scaling_flaws", "--json"], standalone_mode=False)
    assert not list(tmp_path.iterdir())
    CliRunner().invoke(lab_command, ["scaling-flaws", "--seed", "3", "--record"], standalone_mode=False)
    document = json.loads((tmp_path / "scaling_flaws.json").read_text())
    assert document["facts"]["command"] == "unriddle lab scaling_flaws --preset small --seed 3 --record"


def test_lab_without_a_name_lists_and_with_a_wrong_one_refuses():
    assert CliRunner().invoke(lab_command, [], standalone_mode=False).stdout.split() == list(lab_run.EXPERIMENTS)
    result = CliRunner().invoke(lab_command, ["monkey"], standalone_mode=False)
    assert isinstance(result.exception, BadInput)


def test_words_for_numbers_and_relations():
    assert number(None) == ""
    assert number(0.123456) == "0.1235"
    assert wanted(HELD) == "> 1"
    assert wanted(claim("c", 0, relation="between", low=0, high=1)) == "between 0 and 1"
