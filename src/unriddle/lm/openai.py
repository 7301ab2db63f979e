"""OpenAILM: any OpenAI-compatible endpoint (vLLM, Ollama, llama.cpp server, a hosted API), by the official client.

A chat goes to ``chat/completions``, text to ``completions``. Retries with backoff, ``Retry-After`` and timeouts are
the client's; requests run at the same time up to ``concurrency``. Without a seed the draws of a prompt are asked for
in one request, and again in single ones where a server ignores or refuses ``n``; with a seed each draw is a request
of its own, because endpoints do not say which seed the second of several draws has. Most endpoints promise only a
best effort to give the same text for the same seed.

The key is used for the requests and is in no name, ``repr``, message, cache or transcript. Not covered: streaming,
tool calls, and powers beyond ``sample``.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import urlsplit, urlunsplit

from unriddle.errors import BadInput, LMError, MissingExtra, shorten
from unriddle.lm.base import Completion, Prompt, SampleOptions, checked_prompts, draw_numbers, draw_seed

if TYPE_CHECKING:
    from openai import OpenAI

__all__ = ["OpenAILM"]

_HOSTED = "https://api.openai.com/v1"
# The official endpoint takes no more; the others are applied here.
_MAX_STOPS = 4

T = TypeVar("T")
A = TypeVar("A")


class OpenAILM:
    """A model behind an OpenAI-compatible endpoint.

    Args:
        model: The model's name as the endpoint knows it.
        base_url: The endpoint, usually ending in ``/v1``; ``None`` means the ``OPENAI_BASE_URL`` variable, or
            OpenAI's own.
        key: The API key; ``None`` means the ``OPENAI_API_KEY`` variable. Endpoints of your own often need none.
        concurrency: At most this many requests at the same time.
        timeout_seconds: For one attempt of one request.
        retries: How often a request is tried again after a rate limit, a server error or a lost connection.

    Raises:
        BadInput: A value is out of range, or the URL is not an http(s) address.

    >>> OpenAILM("qwen", base_url="http://localhost:8000/v1").name
    'openai:qwen@http://localhost:8000/v1'
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        key: str | None = None,
        concurrency: int = 8,
        timeout_seconds: float = 120.0,
        retries: int = 5,
    ) -> None:
        if not model:
            raise BadInput("OpenAILM: model must be the name of a model, got an empty string")
        if concurrency < 1 or retries < 0 or not timeout_seconds > 0:
            raise BadInput(
                "OpenAILM: concurrency must be 1 or more, retries 0 or more, timeout_seconds more than 0; got "
                f"{concurrency}, {retries}, {timeout_seconds}"
            )
        url = (base_url or os.environ.get("OPENAI_BASE_URL") or _HOSTED).rstrip("/")
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise BadInput(f"OpenAILM: base_url must be like http://localhost:8000/v1, got {shorten(_shown(url))}")
        self._model, self._url = model, url
        self._key = key or os.environ.get("OPENAI_API_KEY") or ""
        self._concurrency, self._timeout_seconds, self._retries = concurrency, timeout_seconds, retries
        self._client: OpenAI | None = None
        self._lock = threading.Lock()
        # What this endpoint was found not to take.
        self._takes_n = True
        self._limit_name = "max_tokens"

    @property
    def name(self) -> str:
        """``openai:MODEL@URL``, without user names and passwords of the URL."""
        return f"openai:{self._model}@{_shown(self._url)}"

    def __repr__(self) -> str:
        return f"OpenAILM({self._model!r}, base_url={_shown(self._url)!r})"

    def sample(
        self, prompts: Sequence[Prompt], *, n: int = 1, options: SampleOptions | None = None
    ) -> list[list[Completion]]:
        """``n`` completions for every prompt.

        Raises:
            LMError: The endpoint refused (key, address, model, prompt too long) or kept failing.
            MissingExtra: The ``openai`` package is not installed.
        """
        prompts = checked_prompts(prompts, n=n)
        options = options or SampleOptions()
        client = self._connected()

        def run(job: tuple[int, int, int | None]) -> list[Completion]:
            i, count, seed = job
            return self._request(client, prompts[i], count, seed, options)

        jobs = self._jobs(prompts, n=n, options=options)
        out: list[list[Completion]] = [[] for _ in prompts]
        for (i, count, _), completions in zip(jobs, self._together(run, jobs), strict=True):
            out[i] += completions[:count]
        # Where the endpoint ignored or refused ``n``, the rest comes one by one.
        singles: list[tuple[int, int, int | None]] = []
        for i, row in enumerate(out):
            singles += [(i, 1, None)] * (n - len(row))
        for (i, _, _), completions in zip(singles, self._together(run, singles), strict=True):
            out[i] += completions[:1]
        if any(len(row) < n for row in out):
            raise LMError(f"{self.name}: the endpoint answered without a completion; is this the right URL?")
        return out

    def _jobs(self, prompts: Sequence[Prompt], *, n: int, options: SampleOptions) -> list[tuple[int, int, int | None]]:
        """Requests to make: index of the prompt, how many draws, the seed."""
        if options.seed is None:
            count, times = (n, 1) if self._takes_n else (1, n)
            return [(i, count, None) for i in range(len(prompts)) for _ in range(times)]
        numbers = draw_numbers(prompts, n=n, first_draw=options.first_draw)
        return [
            (i, 1, draw_seed(options.seed, prompt, draw))
            for i, (prompt, draws) in enumerate(zip(prompts, numbers, strict=True))
            for draw in draws
        ]

    def close(self) -> None:
        """Close the connections; a later call opens them again."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _connected(self) -> OpenAI:
        try:
            from openai import OpenAI
        except ImportError as error:
            raise MissingExtra("an OpenAI-compatible endpoint", "unriddle[openai]") from error
        if not self._key and self._url == _HOSTED:
            raise LMError(f"{self.name}: no API key; set the variable OPENAI_API_KEY or pass key=")
        with self._lock:
            if self._client is None:
                self._client = OpenAI(
                    # The client insists on a key even where the endpoint wants none.
                    api_key=self._key or "none",
                    base_url=self._url,
                    timeout=self._timeout_seconds,
                    max_retries=self._retries,
                )
            return self._client

    def _together(self, work: Callable[[A], T], items: Sequence[A]) -> list[T]:
        with ThreadPoolExecutor(self._concurrency, thread_name_prefix="unriddle-lm") as pool:
            futures = [pool.submit(work, item) for item in items]
            try:
                return [future.result() for future in futures]
            except BaseException as error:
                pool.shutdown(wait=False, cancel_futures=True)
                if not isinstance(error, Exception):
                    # Interrupted: end the requests under way instead of waiting for their answers.
                    self.close()
                raise

    def _request(
        self, client: OpenAI, prompt: Prompt, n: int, seed: int | None, options: SampleOptions
    ) -> list[Completion]:
        import openai

        body: dict[str, Any] = {
            "model": self._model,
            "temperature": options.temperature,
            "top_p": options.top_p,
            self._limit_name if not isinstance(prompt, str) else "max_tokens": options.max_tokens,
        }
        if n > 1:
            body["n"] = n
        if seed is not None:
            body["seed"] = seed
        if options.stop:
            body["stop"] = list(options.stop[:_MAX_STOPS])
        try:
            answer = self._ask(client, prompt, body, logprobs=options.logprobs)
        except openai.BadRequestError as error:
            text = str(error)
            if "max_completion_tokens" in text and self._limit_name == "max_tokens" and not isinstance(prompt, str):
                self._limit_name = "max_completion_tokens"
                return self._request(client, prompt, n, seed, options)
            if n > 1 and "context" not in text:
                self._takes_n = False
                return []
            raise self._refused(error, prompt) from None
        except openai.OpenAIError as error:
            # ``from None``: the client's own error holds the request and with it the key.
            raise self._refused(error, prompt) from None
        if not hasattr(answer, "choices"):
            raise LMError(
                f"{self.name}: the answer is not a completion but {shorten(answer)}; the URL usually ends in /v1"
            )
        completions = _completions(answer, options)
        if len(completions) < n:
            self._takes_n = False
        return completions

    def _ask(self, client: OpenAI, prompt: Prompt, body: dict[str, Any], *, logprobs: bool) -> Any:
        # ``Any``: which options there are depends on what the endpoint was found to take.
        if isinstance(prompt, str):
            complete: Any = client.completions.create
            return complete(prompt=prompt, **body, **({"logprobs": 1} if logprobs else {}))
        chat: Any = client.chat.completions.create
        turns = [{"role": turn.role, "content": turn.content} for turn in prompt]
        return chat(messages=turns, **body, **({"logprobs": True} if logprobs else {}))

    def _refused(self, error: Exception, prompt: Prompt) -> LMError:
        """What went wrong, in one line that says what to do."""
        import openai

        said = shorten(self._without_key(str(error)), 300)
        if isinstance(error, openai.APITimeoutError):
            why = f"no answer within {self._timeout_seconds:g} seconds; pass a larger timeout_seconds"
        elif isinstance(error, openai.APIConnectionError):
            why = f"nothing answers at {_shown(self._url)}; start the server or correct the URL"
        elif isinstance(error, (openai.AuthenticationError, openai.PermissionDeniedError)):
            why = f"the endpoint refused the API key; set OPENAI_API_KEY or pass key=. It said: {said}"
        elif isinstance(error, openai.NotFoundError) and "model" in said.lower():
            why = f"the endpoint has no model {self._model!r}; ask it for its list at /v1/models. It said: {said}"
        elif isinstance(error, openai.NotFoundError):
            why = f"there is no such address; the URL usually ends in /v1. It said: {said}"
        elif isinstance(error, openai.BadRequestError) and "context" in said.lower():
            why = f"the prompt {shorten(prompt)} does not fit into the model's context; shorten it. It said: {said}"
        elif isinstance(error, openai.RateLimitError):
            why = (
                f"still over the rate limit or quota after {self._retries} retries; lower concurrency. It said: {said}"
            )
        else:
            why = f"the request failed ({type(error).__name__}) at the prompt {shorten(prompt)}. It said: {said}"
        return LMError(f"{self.name}: {why}")

    def _without_key(self, text: str) -> str:
        return text.replace(self._key, "***") if self._key else text


def _shown(url: str) -> str:
    """The URL without user name, password, query and fragment."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _completions(answer: Any, options: SampleOptions) -> list[Completion]:
    """The choices of an answer, in order; token counts are shared out evenly where the endpoint gives a sum."""
    choices = sorted(answer.choices or [], key=lambda choice: choice.index or 0)
    usage = answer.usage
    prompt_tokens = int(usage.prompt_tokens or 0) if usage else 0
    total = int(usage.completion_tokens or 0) if usage else 0
    out = []
    for i, choice in enumerate(choices):
        text = choice.text if hasattr(choice, "text") else choice.message.content
        share = total // len(choices) + (1 if i < total % len(choices) else 0)
        tokens = _tokens(choice.logprobs) if options.logprobs else None
        out.append(_completion(text or "", choice.finish_reason, prompt_tokens, share, tokens, options))
    return out


def _completion(
    text: str,
    reason: str | None,
    prompt_tokens: int,
    completion_tokens: int,
    tokens: list[tuple[str, float]] | None,
    options: SampleOptions,
) -> Completion:
    ends = [at for at in (text.find(stop) for stop in options.stop) if at >= 0]
    finish: Literal["stop", "length"] = "length" if reason == "length" and not ends else "stop"
    if ends:
        text = text[: min(ends)]
        begins = accumulate((len(token) for token, _ in tokens or []), initial=0)
        tokens = None if tokens is None else [pair for pair, at in zip(tokens, begins) if at < len(text)]  # noqa: B905
    return Completion(
        text=text,
        finish_reason=finish,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        logprob=None if tokens is None else float(sum(value for _, value in tokens)),
        token_logprobs=None if tokens is None else tuple(value for _, value in tokens),
        tokens=None if tokens is None else tuple(token for token, _ in tokens),
    )


def _tokens(logprobs: Any) -> list[tuple[str, float]] | None:
    """Tokens with log-probabilities from either of the two shapes endpoints use; ``None`` when not offered."""
    content = getattr(logprobs, "content", None)
    if content:
        rows = [row if isinstance(row, dict) else row.model_dump() for row in content]
        return [(str(row["token"]), float(row["logprob"])) for row in rows]
    if getattr(logprobs, "token_logprobs", None):
        return [(str(t), float(v)) for t, v in zip(logprobs.tokens, logprobs.token_logprobs, strict=True)]
    return None
