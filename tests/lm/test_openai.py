"""The endpoint: against a real local llama.cpp server, and against small real HTTP servers that misbehave."""

from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from unriddle.errors import BadInput, LMError
from unriddle.lm import Message, OpenAILM, SampleOptions
from unriddle.lm.embedded import missing_parts, smollm2_path

pytest.importorskip("openai", reason="the openai package is not installed")

KEY = "sk-very-secret-0123456789"
Answer = tuple[int, dict[str, Any] | str, dict[str, str]]


def choice(index: int, text: str = "hi", reason: str = "stop") -> dict[str, Any]:
    return {"index": index, "text": text, "message": {"role": "assistant", "content": text}, "finish_reason": reason}


def ok(*texts: str) -> Answer:
    usage = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
    rows = [choice(i, text) for i, text in enumerate(texts)]
    return 200, {"id": "1", "object": "x", "created": 1, "model": "m", "choices": rows, "usage": usage}, {}


def refuse(code: int, message: str, **headers: str) -> Answer:
    return code, {"error": {"message": message, "type": "t", "code": None}}, headers


@contextmanager
def serving(respond: Callable[[dict[str, Any], int], Answer]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server whose answer is a function of the request's body and its number."""
    seen: list[dict[str, Any]] = []
    lock = threading.Lock()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                seen.append({**body, "_path": self.path, "_auth": self.headers["Authorization"]})
                number = len(seen) - 1
            status, content, headers = respond(body, number)
            data = (content if isinstance(content, str) else json.dumps(content)).encode()
            self.send_response(status)
            kind = "text/html" if isinstance(content, str) else "application/json"
            for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            # The client may have given up waiting.
            with suppress(OSError):
                self.end_headers()
                self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def at(url: str, **options: Any) -> OpenAILM:
    return OpenAILM("m", base_url=url, key=KEY, **options)


def test_text_and_chat_go_to_their_own_addresses() -> None:
    with serving(lambda body, number: ok("hi")) as (url, seen):
        lm = at(url)
        lm.sample(["def f"], options=SampleOptions(stop=("a", "b", "c", "d", "e"), max_tokens=9))
        lm.sample([(Message("system", "s"), Message("user", "u"))])
    assert [row["_path"] for row in seen] == ["/v1/completions", "/v1/chat/completions"]
    assert seen[0]["stop"] == ["a", "b", "c", "d"]
    assert (seen[0]["max_tokens"], seen[0]["temperature"], seen[0]["top_p"]) == (9, 0.8, 0.95)
    assert seen[1]["messages"] == [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
    assert seen[0]["_auth"] == f"Bearer {KEY}"


def test_a_stop_string_the_endpoint_did_not_take_is_applied_here() -> None:
    with serving(lambda body, number: ok("one two five six")) as (url, _):
        options = SampleOptions(stop=("a", "b", "c", "d", " five"))
        assert at(url).sample(["x"], options=options)[0][0].text == "one two"


def test_draws_come_in_one_request_and_share_the_count_of_tokens() -> None:
    with serving(lambda body, number: ok(*"abc")) as (url, seen):
        row = at(url).sample(["x"], n=3)[0]
    assert [c.text for c in row] == ["a", "b", "c"]
    assert [c.completion_tokens for c in row] == [3, 2, 2]
    assert len(seen) == 1


@pytest.mark.parametrize("how", ["ignores", "refuses"])
def test_a_server_without_n_is_asked_again(how: str) -> None:
    def respond(body: dict[str, Any], number: int) -> Answer:
        if how == "refuses" and body.get("n", 1) > 1:
            return refuse(400, "n must be 1")
        return ok(f"{body['prompt']}{number}")

    with serving(respond) as (url, seen):
        lm = at(url)
        rows = lm.sample(["p", "q"], n=3)
        n_first = len(seen)
        lm.sample(["p"], n=3)
    assert [{c.text[0] for c in row} for row in rows] == [{"p"}, {"q"}]
    assert len({c.text for row in rows for c in row}) == 6
    assert n_first == (6 if how == "ignores" else 8)
    assert "n" not in seen[-1]


def test_each_seeded_draw_has_its_own_request_and_seed() -> None:
    with serving(lambda body, number: ok(str(body["seed"]))) as (url, _seen):
        row = at(url).sample(["p"], n=4, options=SampleOptions(seed=3))[0]
        rest = at(url).sample(["p"], n=2, options=SampleOptions(seed=3, first_draw=2))[0]
    assert len({c.text for c in row}) == 4
    assert [c.text for c in rest] == [c.text for c in row[2:]]


def test_rate_limits_and_server_errors_are_tried_again() -> None:
    answers = [refuse(429, "slow down", Retry_After="0.05"), refuse(500, "oops"), ok("fine")]
    with serving(lambda body, number: answers[number]) as (url, seen):
        assert at(url).sample(["x"])[0][0].text == "fine"
    assert len(seen) == 3


def test_concurrency_is_limited_and_order_is_kept() -> None:
    busy, most, lock = 0, 0, threading.Lock()
    pause = threading.Event()

    def respond(body: dict[str, Any], number: int) -> Answer:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        pause.wait(0.02)
        with lock:
            busy -= 1
        return ok(body["prompt"])

    with serving(respond) as (url, _):
        rows = at(url, concurrency=3).sample([f"p{i}" for i in range(12)])
    assert [row[0].text for row in rows] == [f"p{i}" for i in range(12)]
    assert 1 < most <= 3


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (refuse(401, f"Incorrect API key provided: {KEY}"), "refused the API key.*OPENAI_API_KEY"),
        (refuse(403, "forbidden"), "refused the API key"),
        (refuse(404, "The model `m` does not exist"), "has no model 'm'"),
        (refuse(404, "Not Found"), "no such address.*/v1"),
        ((404, "<html>nope</html>", {}), "no such address"),
        (refuse(400, "This model's maximum context length is 5 tokens"), "does not fit into the model's context"),
        (refuse(400, "bad stop"), "bad stop"),
        (refuse(429, "slow down", Retry_After="0.01"), "rate limit.*concurrency"),
        (refuse(500, "oops"), "InternalServerError.*oops"),
        ((200, "<html>a web page</html>", {}), "ends in /v1"),
        ((200, {"id": "1", "choices": []}, {}), "without a completion"),
    ],
)
def test_refusals_say_what_to_do_and_never_show_the_key(answer: Answer, said: str) -> None:
    with serving(lambda body, number: answer) as (url, _), pytest.raises(LMError, match=said) as caught:
        at(url, retries=1).sample(["x"])
    assert KEY not in str(caught.value)
    assert "openai:m@" in str(caught.value)


def test_a_newer_name_of_the_token_limit_is_learnt() -> None:
    def respond(body: dict[str, Any], number: int) -> Answer:
        if "max_tokens" in body:
            return refuse(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
        return ok("hi")

    with serving(respond) as (url, seen):
        lm = at(url)
        for _ in range(2):
            assert lm.sample([(Message("user", "u"),)], n=1)[0][0].text == "hi"
    assert len(seen) == 3


def test_nothing_at_the_address() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(LMError, match=f"nothing answers at http://127.0.0.1:{port}/v1; start the server"):
        at(f"http://127.0.0.1:{port}/v1", retries=0).sample(["x"])


def test_a_slow_answer_runs_into_the_timeout() -> None:
    late = threading.Event()

    def respond(body: dict[str, Any], number: int) -> Answer:
        late.wait(3)
        return ok("hi")

    with serving(respond) as (url, _):
        with pytest.raises(LMError, match=r"within 0\.2 seconds"):
            at(url, retries=0, timeout_seconds=0.2).sample(["x"])
        late.set()


def test_no_key_for_the_hosted_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(LMError, match="set the variable OPENAI_API_KEY"):
        OpenAILM("m").sample(["x"])


def test_the_key_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "from-the-environment")
    with serving(lambda body, number: ok("hi")) as (url, seen):
        lm = OpenAILM("m", base_url=url)
        lm.sample(["x"])
    assert seen[0]["_auth"] == "Bearer from-the-environment"
    assert "from-the-environment" not in repr(lm) + lm.name


@pytest.mark.parametrize("url", ["localhost:8000/v1", "ftp://x/v1", "http://"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="base_url must be like"):
        OpenAILM("m", base_url=url)


def test_bad_settings_and_passwords_in_the_url() -> None:
    with pytest.raises(BadInput, match="concurrency"):
        OpenAILM("m", concurrency=0)
    with pytest.raises(BadInput, match="model"):
        OpenAILM("")
    lm = OpenAILM("m", base_url="http://me:pass@host:1/v1?token=abc")
    assert lm.name == "openai:m@http://host:1/v1"
    assert "pass" not in repr(lm)
    assert "abc" not in repr(lm)


@pytest.fixture(scope="module")
def llama() -> Iterator[str]:
    if missing_parts():
        pytest.skip(f"no local endpoint without the embedded model: {missing_parts()}")
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(smollm2_path())
    params.n_ctx, params.n_parallel, params.n_gpu_layers = 512, 2, 0
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.warmup, params.ui, params.verbosity, params.api_keys = False, False, 0, [KEY]
    server = xllamacpp.Server(params)
    yield server.listening_address
    del server


def test_a_real_server_answers_with_probabilities(llama: str) -> None:
    options = SampleOptions(temperature=0, max_tokens=2, logprobs=True)
    text, chat = at(llama + "/v1").sample(["The capital of France is", (Message("user", "Hi"),)], options=options)
    assert text[0].text.startswith(" Paris")
    for completion in (text[0], chat[0]):
        assert completion.tokens is not None
        assert "".join(completion.tokens) == completion.text
        assert completion.logprob is not None
        assert completion.logprob < 0
        assert completion.prompt_tokens > 0


def test_a_real_server_refuses_a_wrong_key_a_wrong_address_and_a_long_prompt(llama: str) -> None:
    with pytest.raises(LMError, match="refused the API key"):
        OpenAILM("m", base_url=llama + "/v1", key="wrong").sample(["x"])
    with pytest.raises(LMError, match="no such address"):
        at(llama + "/v7").sample(["x"])
    with pytest.raises(LMError, match="does not fit"):
        at(llama + "/v1").sample(["word " * 2000])
