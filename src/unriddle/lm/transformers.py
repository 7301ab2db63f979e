"""TransformersLM: any causal language model in a Hugging Face folder, with its weights in reach.

``load("hf:FOLDER")`` reads configuration, safetensors and tokenizer from a folder on this machine, ``hf:OWNER/MODEL``
from the Hugging Face cache; nothing is fetched, no code in the folder is run, and pickled weights are refused. It has
every power: ``Scores``, ``Embeds``, ``Steers`` and ``Trains``. Decoding is batched (``unriddle.lm.batched``).

Seeds: a draw depends on the seed, the prompt and its number only, not on what is decoded beside it. Rounding differs
with the shape of a batch, so that a token can tip where two sums agree to about six digits (rare; ``CachedLM`` makes
it exact).

An end token counts as a produced token; it is not in ``text``, ``tokens`` or ``token_logprobs``. To score it too,
write it at the end of the continuation, as text. Special tokens written in a text are read as such.

Not covered: several GPUs, quantised weights, encoder-decoder models, images.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from unriddle.errors import BadInput, BadShape, LMError, shorten
from unriddle.lm.base import (
    Completion,
    Likelihood,
    Prompt,
    SampleOptions,
    checked_prompts,
    draw_numbers,
    draw_seed,
)
from unriddle.lm.batched import Drawn, Hook, Job, decode
from unriddle.lm.hf_folder import find_folder, folder_digest, need_torch, read_folder
from unriddle.lm.pieces import token_pieces

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["TransformersLM", "pick_device"]

_LOGITS = 2**26
"""Most logits of one scoring batch (256 MB)."""


def pick_device(device: str) -> str:
    """``device``, where ``"auto"`` means the GPU when there is one.

    Raises:
        BadInput: A GPU was asked for and there is none.
    """
    import torch

    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device != "cpu" and not (device.startswith("cuda") and torch.cuda.is_available()):
        raise BadInput(f"device must be 'auto', 'cpu' or, where torch finds a GPU, 'cuda'; got {shorten(device)}")
    return device


class TransformersLM:
    """A language model of ``transformers``, loaded on first use.

    Args:
        folder: Holds ``config.json``, ``*.safetensors`` and ``tokenizer.json``; or the name (``OWNER/MODEL``) of a
            model that is in this machine's Hugging Face cache.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        rows: Draws decoded at the same time.

    Raises:
        BadInput: The folder is not there or is not a model's, or ``rows`` is less than 1.
    """

    def __init__(self, folder: str | Path, *, device: str = "auto", rows: int = 64) -> None:
        if rows < 1:
            raise BadInput(f"TransformersLM: rows must be 1 or more, got {rows}")
        self._folder = find_folder(folder)
        self._label = Path(folder).resolve().name if Path(folder) == self._folder else str(folder)
        missing = [name for name in ("config.json", "tokenizer.json") if not (self._folder / name).is_file()]
        if missing:
            raise BadInput(
                f"TransformersLM: {str(folder)!r} must be a folder with config.json, *.safetensors and tokenizer.json; "
                f"{' and '.join(missing)} not found, nor is it a model in the Hugging Face cache (`unriddle train "
                "nursery --out FOLDER` makes one in FOLDER/model; `hf download OWNER/MODEL` fetches one)"
            )
        self._device, self._rows = device, rows
        self._name = ""
        self._model: Any = None
        self._tokenizer: Any = None
        self._pieces: list[bytes] = []

    @classmethod
    def of(cls, model: Any, tokenizer: Any, *, name: str, rows: int = 64) -> Self:
        """A language model around a module that is already in memory, for example one that is being trained."""
        lm = cls.__new__(cls)
        lm._folder, lm._label, lm._device, lm._rows, lm._name = Path(), "", "", rows, name
        lm._model, lm._tokenizer, lm._pieces = model, tokenizer, _all_pieces(model, tokenizer)
        return lm

    @property
    def name(self) -> str:
        """``hf:`` and the folder's name, with a digest of the weights: other weights, another name."""
        if not self._name:
            self._name = f"hf:{self._label}@{folder_digest(self._folder)}"
        return self._name

    def __repr__(self) -> str:
        return f"TransformersLM({str(self._folder)!r}, rows={self._rows})" if not self._name else f"<{self._name}>"

    @property
    def model(self) -> Any:
        """The module of ``transformers``, loaded."""
        self.start()
        return self._model

    @property
    def tokenizer(self) -> Any:
        """The tokenizer of ``transformers``, loaded."""
        self.start()
        return self._tokenizer

    def start(self) -> None:
        """Load the model now instead of at the first call.

        Raises:
            MissingExtra: torch or transformers are not installed.
            BadInput: The folder cannot be read as a model, or its tokenizer has more tokens than the model.
        """
        if self._model is not None:
            return
        need_torch("a model in a Hugging Face folder")
        device = pick_device(self._device)
        model, tokenizer = read_folder(self._folder)
        self._pieces = _all_pieces(model, tokenizer)
        self._model, self._tokenizer = model.to(device).eval(), tokenizer

    def sample(
        self, prompts: Sequence[Prompt], *, n: int = 1, options: SampleOptions | None = None
    ) -> list[list[Completion]]:
        """``n`` completions for every prompt, all decoded together.

        Raises:
            LMError: A prompt does not fit into the context, or is a chat and the model has no chat template.
        """
        return self._sample(prompts, n=n, options=options, hook=None)

    def steer(
        self, prompts: Sequence[Prompt], hook: Hook, *, n: int = 1, options: SampleOptions | None = None
    ) -> list[list[Completion]]:
        """Like ``sample``; ``hook(tokens so far, logits (vocabulary,))`` returns the logits to use.

        The tokens are numbers and begin with the prompt's; ``encode`` and ``decode`` turn texts into them and back.
        Log-probabilities are the model's own, from before the hook.

        Raises:
            LMError: The hook returns another shape, a NaN or infinity, or allows no token at all.
        """
        return self._sample(prompts, n=n, options=options, hook=hook)

    def score(self, prompts: Sequence[Prompt], continuations: Sequence[str]) -> list[Likelihood]:
        """How likely each continuation is after its prompt.

        Prompt and continuation are cut into tokens separately, as they are when the model writes.

        Raises:
            BadShape: The two lists differ in length.
            LMError: A pair does not fit into the context.
        """
        prompts = checked_prompts(prompts, n=1)
        if len(prompts) != len(continuations):
            raise BadShape(f"score: {len(prompts)} prompts but {len(continuations)} continuations; give one each")
        self.start()
        pairs = []
        for prompt, continuation in zip(prompts, continuations, strict=True):
            before, after = self._prompt_tokens(prompt), self.encode(continuation)
            self._check_fits(len(before) + len(after), prompt)
            pairs.append((before, after))
        found = token_logprobs(self._model, pairs)
        return [Likelihood(float(sum(values)), tuple(values)) for values in found]

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors, float32 ``(n, hidden)``: the mean over tokens of the last hidden state.

        Raises:
            BadInput: A single text was given, or one that is empty.
            LMError: A text does not fit into the context.
        """
        import numpy as np

        if isinstance(texts, str) or not all(isinstance(text, str) and text for text in texts):
            raise BadInput("embed: texts must be a list of non-empty texts")
        self.start()
        rows = []
        for text in texts:
            tokens = self.encode(text)
            self._check_fits(len(tokens), text)
            rows.append(_mean_hidden(self._model, tokens))
        return np.asarray(rows, dtype=np.float32).reshape(len(rows), int(self._model.config.hidden_size))

    def trainable(self) -> Any:
        """The module that holds the weights; changing it changes this language model."""
        return self.model

    def encode(self, text: str) -> list[int]:
        """The text as token numbers, without a begin-of-text token."""
        self.start()
        return [int(token) for token in self._tokenizer.encode(text, add_special_tokens=False)]

    def decode(self, tokens: Iterable[int]) -> str:
        """Token numbers as text, special tokens included."""
        self.start()
        return b"".join(self._pieces[token] for token in tokens).decode("utf-8", "replace")

    def _sample(
        self, prompts: Sequence[Prompt], *, n: int, options: SampleOptions | None, hook: Hook | None
    ) -> list[list[Completion]]:
        prompts = checked_prompts(prompts, n=n)
        options = options or SampleOptions()
        if not prompts:
            return []
        self.start()
        jobs = []
        for prompt, draws in zip(prompts, draw_numbers(prompts, n=n, first_draw=options.first_draw), strict=True):
            tokens = tuple(self._prompt_tokens(prompt))
            most = min(options.max_tokens, self._check_fits(len(tokens) + 1, prompt) + 1)
            for draw in draws:
                seed = secrets.randbits(63) if options.seed is None else draw_seed(options.seed, prompt, draw)
                jobs.append(Job(tokens, seed, most))
        ends = _Ends(self._pieces, options.stop, self._end_tokens())
        training = self._model.training
        self._model.eval()
        try:
            drawn = decode(
                self._model,
                jobs,
                temperature=options.temperature,
                top_p=options.top_p,
                ends=ends,
                rows=self._rows,
                hook=hook,
            )
        finally:
            self._model.train(training)
        done = [
            self._completion(ends, i, job, one, options) for i, (job, one) in enumerate(zip(jobs, drawn, strict=True))
        ]
        return [done[i : i + n] for i in range(0, len(done), n)]

    def _completion(self, ends: _Ends, i: int, job: Job, one: Drawn, options: SampleOptions) -> Completion:
        tokens, logprobs = one.tokens, one.logprobs
        if tokens and tokens[-1] in ends.end_tokens:
            tokens, logprobs = tokens[:-1], logprobs[:-1]
        shown = options.logprobs
        return Completion(
            text=ends.text(i),
            finish_reason="stop" if one.ended else "length",
            prompt_tokens=len(job.prompt),
            completion_tokens=len(one.tokens),
            logprob=float(sum(logprobs)) if shown else None,
            token_logprobs=tuple(logprobs) if shown else None,
            tokens=tuple(self._pieces[token].decode("utf-8", "replace") for token in tokens) if shown else None,
        )

    def _prompt_tokens(self, prompt: Prompt) -> list[int]:
        if isinstance(prompt, str):
            tokens = [int(token) for token in self._tokenizer.encode(prompt)]
        else:
            if not getattr(self._tokenizer, "chat_template", None):
                raise LMError(f"{self.name}: the model has no chat template; give the prompt as text to be continued")
            turns = [{"role": turn.role, "content": turn.content} for turn in prompt]
            text = self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
            tokens = self.encode(text)
        if not tokens:
            raise BadInput(f"{self.name}: a prompt to continue must not be empty; give at least one character")
        return tokens

    def _check_fits(self, n_tokens: int, prompt: object) -> int:
        """How many more tokens than these fit."""
        most = int(getattr(self._model.config, "max_position_embeddings", 2**31))
        if n_tokens > most:
            raise LMError(
                f"{self.name}: {n_tokens} tokens are asked for but the context holds {most}; shorten {shorten(prompt)}"
            )
        return most - n_tokens

    def _end_tokens(self) -> frozenset[int]:
        known = [self._tokenizer.eos_token_id, getattr(self._model.generation_config, "eos_token_id", None)]
        flat = [token for entry in known for token in (entry if isinstance(entry, list) else [entry])]
        return frozenset(int(token) for token in flat if token is not None)


def _all_pieces(model: Any, tokenizer: Any) -> list[bytes]:
    return token_pieces(tokenizer, vocabulary=int(model.config.vocab_size))


class _Ends:
    """Decides where draws end, token by token, and keeps their texts."""

    def __init__(self, pieces: Sequence[bytes], stop: Sequence[str], end_tokens: frozenset[int]) -> None:
        self._pieces = pieces
        self._stop = [text.encode() for text in stop]
        self._longest = max(map(len, self._stop), default=0)
        self._grown: dict[int, bytearray] = {}
        self.end_tokens = end_tokens

    def __call__(self, i: int, token: int) -> bool:
        if token in self.end_tokens:
            return True
        piece = self._pieces[token]
        grown = self._grown.setdefault(i, bytearray())
        grown += piece
        tail = grown[-(self._longest + len(piece)) :]
        return any(stop in tail for stop in self._stop)

    def text(self, i: int) -> str:
        grown = bytes(self._grown.get(i, b""))
        ends = [at for at in (grown.find(stop) for stop in self._stop) if at >= 0]
        return grown[: min(ends, default=len(grown))].decode("utf-8", "replace")


def token_logprobs(model: Any, pairs: Sequence[tuple[Sequence[int], Sequence[int]]]) -> list[list[float]]:
    """The log-probability of every token of each second sequence after its first; rows are batched by length."""
    import torch

    order = sorted(range(len(pairs)), key=lambda i: len(pairs[i][0]) + len(pairs[i][1]))
    out: list[list[float]] = [[] for _ in pairs]
    vocabulary = int(model.config.vocab_size)
    at = 0
    with torch.inference_mode():
        while at < len(order):
            end = at + 1
            while end < len(order) and (end + 1 - at) * _length(pairs[order[end]]) * vocabulary <= _LOGITS:
                end += 1
            part = order[at:end]
            for i, values in zip(part, _batch_logprobs(model, [pairs[i] for i in part]), strict=True):
                out[i] = values
            at = end
    return out


def _length(pair: tuple[Sequence[int], Sequence[int]]) -> int:
    return len(pair[0]) + len(pair[1])


def _batch_logprobs(model: Any, pairs: Sequence[tuple[Sequence[int], Sequence[int]]]) -> list[list[float]]:
    import torch

    width = max(map(_length, pairs))
    ids = torch.zeros((len(pairs), width), dtype=torch.long)
    mask = torch.zeros((len(pairs), width), dtype=torch.long)
    for row, (before, after) in enumerate(pairs):
        ids[row, : len(before) + len(after)] = torch.tensor([*before, *after], dtype=torch.long)
        mask[row, : len(before) + len(after)] = 1
    ids = ids.to(model.device)
    logits = model(input_ids=ids, attention_mask=mask.to(model.device), use_cache=False).logits[:, :-1].float()
    chosen = logits.gather(-1, ids[:, 1:, None]).squeeze(-1) - logits.logsumexp(-1)
    rows = chosen.cpu().tolist()
    return [
        row[len(before) - 1 : len(before) + len(after) - 1] for row, (before, after) in zip(rows, pairs, strict=True)
    ]


def _mean_hidden(model: Any, tokens: Sequence[int]) -> list[float]:
    import torch

    with torch.inference_mode():
        ids = torch.tensor([list(tokens)], device=model.device)
        hidden = model(input_ids=ids, use_cache=False, output_hidden_states=True).hidden_states[-1]
        mean = hidden[0].float().mean(0)
        row: list[float] = (mean / mean.norm().clamp(min=1e-12)).cpu().tolist()
    return row
