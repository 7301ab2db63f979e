import json
import subprocess
import sys
from pathlib import Path

import pytest

from unriddle.errors import BadInput
from unriddle.lab.base import Context, claim, not_run
from unriddle.lab.run import EXPERIMENTS, LabReport, experiment_name, load_recorded, record, run_experiment

CLAIMS = (
    claim("yes", 2, relation=">", baseline=1, note="n = 3"),
    claim("no", 0, relation=">", baseline=1),
    claim("inside", 0.5, relation="between", low=0, high=1),
    not_run("later", "needs data"),
)


def test_counts_and_document():
    report = LabReport("m", "small", 0, 1.5, CLAIMS)
    assert (report.n_held, report.n_failed, report.n_not_run) == (2, 1, 1)
    document = report.as_dict()
    assert list(document) == ["schema", "method", "preset", "seed", "seconds", "claims"]
    assert {"name", "measured", "baseline", "relation", "low", "high", "held"} <= set(document["claims"][0])
    json.dumps(document, allow_nan=False)


def test_recorded_reports_come_back_whole(tmp_path):
    report = LabReport("m", "full", 3, 1.5, CLAIMS)
    path = record(report, command="unriddle lab m", folder=tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["m.json"]
    back = load_recorded("m", folder=tmp_path)
    assert back.claims == CLAIMS
    assert (back.method, back.preset, back.seed) == ("m", "full", 3)
    assert back.facts["command"] == "unriddle lab m"
    assert load_recorded("other", folder=tmp_path) is None
    path.write_text("{}")
    with pytest.raises(BadInput, match="--record"):
        load_recorded("m", folder=tmp_path)


def test_names_are_forgiving_and_errors_say_near_ones():
    assert experiment_name("Scaling-Flaws") == "scaling_flaws"
    with pytest.raises(BadInput, match="large_language_monkeys"):
        experiment_name("monkeys")
    with pytest.raises(BadInput, match="preset"):
        run_experiment("scaling_flaws", preset="huge")


def test_the_table_imports_no_experiment():
    code = "import sys, unriddle.lab.run, unriddle.methods.registry; print([m for m in sys.modules if 'flaws' in m])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["scaling_flaws", "large_language_monkeys"])
def test_synthetic_parts_run_without_data_and_say_what_is_missing(name, tmp_path):
    report = run_experiment(name, context=Context(data=None, cache=tmp_path))
    missing = [c for c in report.claims if c.held is None]
    assert report.n_held >= 8
    assert missing
    assert all(c.note.startswith("not run: ") for c in missing)
    assert not list(tmp_path.iterdir())


def test_the_same_seed_gives_the_same_numbers():
    from unriddle.lab.large_language_monkeys import _laws

    assert _laws("small", 5) == _laws("small", 5)
    assert _laws("small", 5) != _laws("small", 6)


def test_every_experiment_has_a_method_of_its_name():
    from unriddle.methods.registry import METHODS

    # The nursery is a shared part, no paper's method, and has an experiment all the same.
    assert set(EXPERIMENTS) - set(METHODS) == {"nursery"}
    assert set(METHODS) <= set(EXPERIMENTS)


@pytest.mark.slow
def test_error_classes_and_recorded_results(tmp_path):
    report = run_experiment("program_synthesis_llm", context=Context(data=None, cache=tmp_path))
    assert next(c for c in report.claims if c.name.startswith("error classes")).held


@pytest.mark.slow
def test_mbpp_references_pass_their_own_asserts(tmp_path):
    data = Path(__file__).parents[2].parent / "shared" / "data"
    if not (data / "mbpp").is_dir():
        pytest.skip("MBPP (../shared/data/mbpp) is not on this machine")
    report = run_experiment("program_synthesis_llm", context=Context(data=data, cache=tmp_path))
    held = {c.name: c.held for c in report.claims}
    assert held["share of MBPP references that pass their own asserts"]
    assert held["share of mutated references that get a class"]
