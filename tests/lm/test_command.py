"""``unriddle lm`` and ``unriddle lm try``."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from unriddle.cli.lm import lm_command
from unriddle.lm import RecordingLM, SampleOptions, ScriptedLM


def recorded(tmp_path: Path) -> str:
    path = tmp_path / "c.jsonl"
    RecordingLM(ScriptedLM(["one", "two"]), path).sample(["count"], n=2, options=SampleOptions(max_tokens=128))
    return f"replay:{path}"


def test_the_list_is_one_json_document() -> None:
    done = CliRunner().invoke(lm_command, ["--json"])
    document = json.loads(done.stdout)
    assert document["schema"] == 1
    assert {"smollm2", "replay:FILE"} <= {row["name"] for row in document["lms"]}
    assert set(document["lms"][0]) == {"name", "ready", "detail", "how"}


def test_the_table_names_every_model() -> None:
    done = CliRunner().invoke(lm_command, [])
    assert done.exit_code == 0
    assert "openai:MODEL[@URL]" in done.stdout


def test_trying_a_model_prints_its_text_on_stdout_and_the_speed_on_stderr(tmp_path: Path) -> None:
    done = CliRunner().invoke(lm_command, ["try", recorded(tmp_path), "count", "-n", "2"])
    assert done.stdout == "one\ntwo\n"
    assert "tokens/s" in done.stderr


def test_trying_a_model_as_json_with_the_prompt_from_stdin(tmp_path: Path) -> None:
    done = CliRunner().invoke(lm_command, ["try", recorded(tmp_path), "-", "--json"], input="count")
    document = json.loads(done.stdout)
    assert document["lm"] == "scripted"
    assert [row["text"] for row in document["completions"]] == ["one"]


def test_bad_values_are_refused() -> None:
    assert CliRunner().invoke(lm_command, ["try", "smollm2", "x", "--top-p", "0"]).exit_code == 2
    assert CliRunner().invoke(lm_command, ["try", "smollm2", "x", "--max-tokens", "0"]).exit_code == 2
