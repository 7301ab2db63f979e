"""Throughput of batched decoding against plain ``generate`` called prompt by prompt, on the same tokens, in one run.

``python perf/sampling.py [--size 1m] [--prompts 24] [--draws 8] [--tokens 32] [--threads 2] [--folder MODEL]``

Every draw is made exactly ``--tokens`` long on all sides (no end token), so that all do the same work. CPU seconds are
given beside wall seconds: on a busy machine, with one thread, they are the fairer ones.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from itertools import islice

import torch

from unriddle.benchmarks import nursery
from unriddle.lm import SampleOptions, TransformersLM
from unriddle.prompt.nursery import SPECIAL_TOKENS, nursery_prompt
from unriddle.train.models import count_parameters, new_model
from unriddle.train.tokenizer import train_tokenizer


def model_of(args: argparse.Namespace) -> TransformersLM:
    """A trained model, or one with fresh weights: how long a step takes does not depend on them."""
    if args.folder:
        lm = TransformersLM(args.folder, rows=args.rows)
        lm.start()
    else:
        texts = [nursery_prompt(problem) for problem in islice(nursery.load(n=300, split="train"), 300)]
        tokenizer = train_tokenizer(texts, special=SPECIAL_TOKENS)
        lm = TransformersLM.of(new_model(tokenizer, size=args.size), tokenizer, name=args.size, rows=args.rows)
    lm.model.generation_config.eos_token_id = None
    lm.tokenizer.eos_token = None
    return lm


def timed(work: Callable[[], int]) -> tuple[int, float, float]:
    """Tokens, wall seconds, CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    n_tokens = work()
    return n_tokens, time.perf_counter() - wall, time.process_time() - cpu


def plain(lm: TransformersLM, prompts: list[str], *, n: int, tokens: int, at_once: int) -> int:
    """``generate`` for one prompt after the other, ``at_once`` draws per call."""
    total = 0
    for prompt in prompts:
        ids = torch.tensor([lm.tokenizer.encode(prompt)], device=lm.model.device)
        for _ in range(n // at_once):
            out = lm.model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                do_sample=True,
                temperature=0.8,
                top_p=0.95,
                top_k=0,
                max_new_tokens=tokens,
                num_return_sequences=at_once,
                pad_token_id=0,
            )
            total += at_once * (out.shape[1] - ids.shape[1])
    return total


def batched(lm: TransformersLM, prompts: list[str], *, n: int, tokens: int) -> int:
    """``TransformersLM.sample`` for all of them."""
    options = SampleOptions(temperature=0.8, top_p=0.95, max_tokens=tokens, seed=0, logprobs=True)
    rows = lm.sample(prompts, n=n, options=options)
    return sum(completion.completion_tokens for row in rows for completion in row)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("prompts", 24), ("draws", 8), ("tokens", 32), ("threads", 2), ("rows", 64)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--size", default="1m")
    parser.add_argument("--folder", default="")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    lm = model_of(args)
    prompts = [nursery_prompt(problem) for problem in nursery.load(n=args.prompts, seed=3)]
    batched(lm, prompts[:2], n=2, tokens=4)
    plain(lm, prompts[:1], n=1, tokens=4, at_once=1)
    print(
        f"{count_parameters(lm.model):,} weights, {args.prompts} prompts, {args.draws} draws of {args.tokens} tokens "
        f"each, {args.threads} threads, torch {torch.__version__}"
    )
    how: dict[str, Callable[[], int]] = {
        "generate, one draw per call": lambda: plain(lm, prompts, n=args.draws, tokens=args.tokens, at_once=1),
        f"generate, {args.draws} draws per call": lambda: plain(
            lm, prompts, n=args.draws, tokens=args.tokens, at_once=args.draws
        ),
        "unriddle, all together": lambda: batched(lm, prompts, n=args.draws, tokens=args.tokens),
    }
    found = {name: timed(work) for name, work in how.items()}
    assert len({tokens for tokens, _, _ in found.values()}) == 1, "all sides must make the same number of tokens"
    _, ours_wall, ours_cpu = found["unriddle, all together"]
    for name, (tokens, wall, cpu) in found.items():
        print(
            f"{name:<28} {tokens / wall:>8,.0f} tokens/s {tokens / cpu:>8,.0f} tokens per CPU second; unriddle is "
            f"{wall / ours_wall:.1f}x (wall), {cpu / ours_cpu:.1f}x (CPU)"
        )


if __name__ == "__main__":
    main()
