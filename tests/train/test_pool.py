"""The pool: the same whatever the number of processes, kept with its key, encoded as it is trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from unriddle.data.formats import Example
from unriddle.errors import BadInput, TrainError
from unriddle.prompt.nursery import END, SPECIAL_TOKENS
from unriddle.train.packing import Encoded
from unriddle.train.pool import Mixture, encode, keep_pool, kept_pool, make_examples, shuffled_pairs
from unriddle.train.tokenizer import train_tokenizer

MIXTURE = Mixture(120, levels=((1, 0.75), (2, 0.25)), formats=(("program", 1.5), ("describe", 0.5)))


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return make_examples(MIXTURE, workers=1)


def test_shares_are_kept_and_the_seed_decides(examples: list[Example]) -> None:
    by_task = {task: sum(e.task == task for e in examples) for task in ("program", "describe")}
    assert 120 < by_task["program"] < 240
    assert 30 < by_task["describe"] < 90
    assert examples == make_examples(MIXTURE, workers=1)
    other = Mixture(120, levels=MIXTURE.levels, formats=MIXTURE.formats, seed=1)
    assert examples != make_examples(other, workers=1)
    seen: list[int] = []
    make_examples(MIXTURE, workers=1, report=seen.append)
    assert seen == [90, 120]


@pytest.mark.slow
def test_the_number_of_processes_changes_nothing(examples: list[Example]) -> None:
    assert make_examples(MIXTURE, workers=2) == examples


def test_the_control_keeps_prompts_and_moves_every_target(examples: list[Example]) -> None:
    shuffled = shuffled_pairs(examples, rng=np.random.default_rng(0))
    assert [e.prompt for e in shuffled] == [e.prompt for e in examples]
    for task in ("program", "describe"):
        before, after = ([e.target for e in part if e.task == task] for part in (examples, shuffled))
        assert sorted(before) == sorted(after)
        texts: dict[str, int] = {}
        for text in before:
            texts[text] = texts.get(text, 0) + 1
        kept = sum(a == b for a, b in zip(before, after, strict=True))
        assert kept <= sum(count - 1 for count in texts.values())


def test_what_is_learned_is_the_target_and_the_end(examples: list[Example]) -> None:
    tokenizer = train_tokenizer([e.prompt + e.target for e in examples], special=SPECIAL_TOKENS, vocabulary=512)
    pool = encode(examples[:20], tokenizer)
    for i, example in enumerate(examples[:20]):
        tokens = pool.example(i).tolist()
        n_prompt = int(pool.n_prompt[i])
        assert tokenizer.decode(tokens[:n_prompt]) == example.prompt
        assert tokenizer.decode(tokens[n_prompt:]) == example.target + END
    assert len(encode([], tokenizer)) == 0


def test_a_kept_pool_is_found_by_its_key_only(tmp_path: Path) -> None:
    pool = Encoded.of([([1, 2], [3]), ([4], [5, 6])])
    path = tmp_path / "data" / "pool.npz"
    keep_pool(path, pool, key="a")
    again = kept_pool(path, key="a")
    assert again is not None
    assert np.array_equal(again.tokens, pool.tokens)
    assert np.array_equal(again.n_prompt, pool.n_prompt)
    assert kept_pool(path, key="b") is None
    assert kept_pool(tmp_path / "none.npz", key="a") is None
    path.write_bytes(path.read_bytes()[:200])
    assert kept_pool(path, key="a") is None
    with pytest.raises(TrainError, match="could not be written"):
        keep_pool(path / "below" / "pool.npz", pool, key="a")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_problems": 0}, "n_problems of 1"),
        ({"n_problems": 1, "formats": (("haiku", 1.0),)}, "no format 'haiku'"),
        ({"n_problems": 1, "levels": ((1, 0.0),)}, "more than 0"),
    ],
)
def test_mixtures_out_of_range_are_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        Mixture(**wrong)  # type: ignore[arg-type]
