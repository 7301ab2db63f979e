"""Objectives: the supervised one by hand, sums of several, and rewards that are Scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.train.conftest import END, encoded, sums

from unriddle.candidate import Candidate
from unriddle.errors import BadInput
from unriddle.execute.inprocess import InProcessExecutor
from unriddle.lm import SampleOptions, TransformersLM
from unriddle.problem import CallTest, Satisfies
from unriddle.score.passed import passed
from unriddle.train.models import new_model
from unriddle.train.objectives.base import Loss, target_logits, together
from unriddle.train.objectives.sft import sft
from unriddle.train.packing import Batch, Encoded, PackedBatches, collate, pack
from unriddle.train.trainer import Settings, train

torch = pytest.importorskip("torch")


def test_the_supervised_loss_is_the_mean_over_target_tokens(tokenizer: Any) -> None:
    model = new_model(tokenizer, size="200k", seed=2)
    examples = encoded(tokenizer, sums(6))
    rows = pack(examples.lengths.tolist(), row_tokens=64)
    loss = sft(model, collate(examples, rows, row_tokens=64))
    losses = []
    for i in range(6):
        tokens = torch.tensor(examples.example(i).astype(np.int64))
        with torch.no_grad():
            table = torch.log_softmax(model(input_ids=tokens[None]).logits[0].double(), -1)
        losses += [-float(table[t - 1, tokens[t]]) for t in range(int(examples.n_prompt[i]), len(tokens))]
    assert loss.weight == len(losses)
    assert float(loss.total.detach()) == pytest.approx(np.mean(losses), abs=1e-5)
    assert 0 <= loss.parts["accuracy"] <= 1
    weights = np.array([1.0, 0, 0, -2.0, 0, 0])
    weighed = sft(model, collate(examples, [[0, 3]], row_tokens=96, weights=weights))
    lengths = examples.lengths - examples.n_prompt
    first, fourth = losses[: lengths[0]], losses[lengths[:3].sum() : lengths[:4].sum()]
    assert float(weighed.total.detach()) == pytest.approx(
        (sum(first) - 2 * sum(fourth)) / (len(first) + len(fourth)), abs=1e-5
    )


def test_a_batch_without_targets_is_refused(tokenizer: Any) -> None:
    model = new_model(tokenizer, size="200k")
    with pytest.raises(BadInput, match="no target"):
        sft(model, collate(Encoded.of([([1, 2], [])]), [[0]], row_tokens=8))


def test_objectives_add_up(tokenizer: Any) -> None:
    model = new_model(tokenizer, size="200k")
    batch = collate(encoded(tokenizer, sums(2)), [[0], [1]], row_tokens=64)

    def entropy(model: Any, batch: Batch, /) -> Loss:
        logs = torch.log_softmax(target_logits(model, batch).logits, -1)
        return Loss(-(logs.exp() * logs).sum(-1).mean(), 1.0)

    both = together({"sft": (1.0, sft), "entropy": (-0.5, entropy)})(model, batch)
    one, other = sft(model, batch), entropy(model, batch)
    assert float(both.total.detach()) == pytest.approx(float((one.total - 0.5 * other.total).detach()), abs=1e-6)
    assert both.parts == pytest.approx({"sft": float(one.total.detach()), "entropy": float(other.total.detach())})
    assert both.weight == one.weight
    with pytest.raises(BadInput, match="at least one"):
        together({})


SUM_OVER_45 = CallTest("add", expect=Satisfies("def sat(value): return type(value) is int and value > 45"))
PROMPT = "def add(): # 31 plus 8\n"


def rewarded(tokenizer: Any, texts: list[str]) -> tuple[Batch, np.ndarray]:
    """A batch of programs weighted by their centred scores, and the scores."""
    with InProcessExecutor() as executor:  # a sum of two numbers may run here; nothing else is let through
        verdicts = executor.run([Candidate(PROMPT + _only_sums(text)) for text in texts], [SUM_OVER_45])
    scores = passed(verdicts)
    examples = Encoded.of([(tokenizer.encode(PROMPT), tokenizer.encode(text + END)) for text in texts])
    rows = pack(examples.lengths.tolist(), row_tokens=64)
    return collate(examples, rows, row_tokens=64, weights=scores - scores.mean() + 1e-6), scores


def _only_sums(text: str) -> str:
    parts = text.removeprefix("    return ").split(" + ")
    plain = len(parts) == 2 and all(part.isdigit() and str(int(part)) == part and len(part) < 4 for part in parts)
    return text if plain and text.startswith("    return ") else "    return None"


def test_a_centred_score_raises_the_right_program_and_lowers_the_wrong_one(tokenizer: Any, tmp_path: Path) -> None:
    model = new_model(tokenizer, size="200k")
    lm = TransformersLM.of(model, tokenizer, name="policy")
    texts = ["    return 31 + 40", "    return 31 + 8", "    return 9 + 40", "    return 1 + 2"]
    before = [one.logprob for one in lm.score([PROMPT] * 4, texts)]
    batch, scores = rewarded(tokenizer, texts)
    assert scores.tolist() == [1, 0, 1, 0]
    train(model, lambda number: batch, objective=sft, settings=Settings(steps=4, lr=1e-3), out=tmp_path)
    change = np.array([one.logprob for one in lm.score([PROMPT] * 4, texts)]) - before
    assert change[scores == 1].min() > change[scores == 0].max() + 0.01


@pytest.mark.slow
def test_policy_gradient_on_draws_of_the_model_itself_raises_its_pass_rate(tokenizer: Any, tmp_path: Path) -> None:
    model = new_model(tokenizer, size="200k")
    warm = PackedBatches(encoded(tokenizer, sums(200)), rows=8, row_tokens=64)
    train(model, warm, objective=sft, settings=Settings(steps=60, lr=4e-3, warmup=5), out=tmp_path / "warm")
    lm = TransformersLM.of(model, tokenizer, name="policy", rows=32)
    shares: list[float] = []

    def drawn(number: int) -> Batch:
        options = SampleOptions(temperature=1, top_p=1, max_tokens=24, seed=number)
        batch, scores = rewarded(tokenizer, [c.text for c in lm.sample([PROMPT], n=32, options=options)[0]])
        shares.append(float(scores.mean()))
        return batch

    settings = Settings(steps=80, lr=3e-4, weight_decay=0.0, schedule="constant")
    train(model, drawn, objective=sft, settings=settings, out=tmp_path / "rl")
    assert np.mean(shares[-5:]) > np.mean(shares[:5]) + 0.2
