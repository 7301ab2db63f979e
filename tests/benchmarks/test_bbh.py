"""BIG-Bench Hard: reading its files, and the published scores of the recorded answers."""

import json
import tarfile
from pathlib import Path

import pytest

from unriddle.benchmarks import bbh
from unriddle.errors import BadInput

DATA = Path("../shared/data/bbh")
SHOTS = """canary
-----
Count the things.

Q: I have a fig. How many fruits do I have?
A: Let's think step by step.
- fig (1)
So the answer is 1.

Q: I have a car. How many fruits do I have?
A: None. So the answer is 0.
"""


@pytest.fixture
def folder(tmp_path):
    examples = [{"input": "1 =", "target": "1"}, {"input": "2 =", "target": "2"}]
    stem = "code-davinci-002-outputs/code-davinci-002-cot/sums_few_shot_template_0-255000"
    outputs = [{"prediction": " It is one. So the answer is 1.", "target": "1"}, {"prediction": "3", "target": "2"}]
    files = {
        "bbh/sums.json": json.dumps({"canary": "", "examples": examples}),
        "cot-prompts/sums.txt": SHOTS,
        f"{stem}.json": json.dumps({"outputs": outputs}),
        f"{stem}_eval_metrics.jsonl": json.dumps({"accuracy": 50.0}) + "\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_examples_shots_and_recorded_answers_are_read(folder):
    found = bbh.load(folder)
    assert found.tasks == ["sums"]
    assert [(one.number, one.question, one.answer) for one in found.examples("sums")] == [
        (0, "1 =", "1"),
        (1, "2 =", "2"),
    ]
    head, shots = found.shots("sums")
    assert head == "Count the things."
    assert [(shot.question[:12], shot.answer) for shot in shots] == [("I have a fig", "1"), ("I have a car", "0")]
    recorded = found.recorded("sums", style="cot")
    assert (recorded.right, recorded.accuracy) == ((True, False), 50.0)


def test_an_archive_reads_as_the_folder(folder, tmp_path_factory):
    packed = tmp_path_factory.mktemp("packed")
    with tarfile.open(packed / "bbh.tar.xz", "w:xz") as archive:
        archive.add(folder / "bbh", "bbh")
    assert bbh.load(packed).examples("sums") == bbh.load(folder).examples("sums")


def test_what_is_missing_or_damaged_is_named(folder):
    with pytest.raises(BadInput, match="expected a folder"):
        bbh.load(folder / "nowhere")
    with pytest.raises(BadInput, match="one JSON file for each set"):
        bbh.load(folder / "cot-prompts")
    found = bbh.load(folder)
    with pytest.raises(BadInput, match=r"no file bbh/sum.json.*did you mean bbh/sums.json"):
        found.examples("sum")
    with pytest.raises(BadInput, match="direct"):
        found.recorded("sums")
    (folder / "bbh" / "sums.json").write_text("[]")
    with pytest.raises(BadInput, match="'examples'"):
        bbh.load(folder).examples("sums")
    (folder / "bbh" / "sums.tar.xz").write_text("no archive")
    with pytest.raises(BadInput, match="cannot be read"):
        bbh.load(folder)


@pytest.mark.parametrize(
    ("text", "style", "answer"),
    [
        (" ] ) \n", "direct", "] )"),
        ("So the answer is (B).", "cot", "(B)"),
        ("The answer is 1. No: the answer is 2.", "cot", "2"),
        ("no end", "cot", "no end"),
    ],
)
def test_the_final_answer_is_found(text, style, answer):
    assert bbh.final_answer(text, style=style) == answer


def test_matching_is_exact_but_for_blanks():
    assert bbh.matches(" 8\n", "8")
    assert not bbh.matches("8.0", "8")
    assert not bbh.matches("yes", "Yes")


@pytest.mark.skipif(not DATA.is_dir(), reason="the published files are not here (../shared/data/bbh)")
def test_all_recorded_scores_come_out_as_published():
    found = bbh.load(DATA)
    assert len(found.tasks) == 27
    assert sum(len(found.examples(task)) for task in found.tasks) == 6511
    for task in found.tasks:
        for style in ("direct", "cot"):
            recorded = found.recorded(task, style=style)
            assert 100 * sum(recorded.right) / len(recorded.right) == pytest.approx(recorded.accuracy, abs=1e-9)
