"""Random programs, random bytes to the judge, random bytes to the driver: a verdict each time, and never a PASS.

What is expected is a random number of 128 bits, so that no program passes by luck. Every example runs a batch of
programs in one matrix, then an honest one, which must pass.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import dataclasses
import functools
import secrets
import socket
import struct
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unriddle import CallTest, Candidate, CodeTest, Limits, Returns, Satisfies, Status
from unriddle.execute.intern import Interner
from unriddle.execute.judge import read_frames
from unriddle.execute.python import PythonExecutor
from unriddle.execute.worker import Raw, Worker, WorkerDied
from unriddle.language.values import decode, encode, key

SECRET = secrets.randbits(128) | 1 << 127
TESTS = (
    CallTest("f", (1,), expect=Returns(SECRET)),
    CallTest("f", (1,), expect=Returns([SECRET]), isolated=True),
    CallTest("f", (1,), expect=Satisfies("def sat(x, wanted): return x == wanted", args=(SECRET,))),
    CodeTest(f"assert f(1) == {SECRET}", "f"),
)
LIMITS = Limits(cpu_seconds=0.2, wall_seconds=1.0, memory_mb=256, max_kills=1)
HONEST = "def f(x): return x + 1"
ONE = (CallTest("f", (1,), expect=Returns(2)), CodeTest("assert f(2) == 3", "f"))


def examples(few: int, many: int) -> Any:
    return pytest.mark.parametrize("n", [few, pytest.param(many, marks=pytest.mark.slow)])


def for_all(n: int, strategy: st.SearchStrategy[Any], check: Callable[[Any], None]) -> None:
    @settings(max_examples=n, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def checked(example: Any) -> None:
        check(example)

    checked()


def never_passes(
    executor: PythonExecutor, sources: Sequence[str], *, tests: Sequence[Any] = TESTS, limits: Limits = LIMITS
) -> None:
    """Every cell has a verdict that is no PASS and no failure of ours, and an honest program passes next."""
    verdicts = executor.run([Candidate(source) for source in sources], tests, limits=limits)
    assert verdicts.shape == (len(sources), len(tests))
    for i, source in enumerate(sources):
        for j in range(len(tests)):
            cell = verdicts[i, j]
            assert cell.status not in (Status.PASS, Status.INFRA), (source, j, cell)
    after = executor.run([Candidate(HONEST)] * 2, ONE)
    assert after.passed.all(), (sources, [after[0, j] for j in range(2)])


# Text that may be no program at all.
_texts = st.one_of(
    st.text(max_size=60),
    st.builds(bytes.decode, st.binary(max_size=60), st.just("latin-1")),
    st.builds(bytes.decode, st.binary(max_size=60), st.just("utf-8"), st.just("surrogateescape")),
    st.builds(lambda opening, n: opening * n, st.sampled_from(["(", "[", "{", "-", "not ", "lambda:", "f(", "'"]),
              st.integers(1, 20_000)),
    st.builds(lambda digit, n: digit * n, st.sampled_from(["9", "0x", "1_", "1e", "0b1"]), st.integers(1, 20_000)),
    st.builds(lambda keyword, n: "\n".join(" " * i + f"{keyword} 1:" for i in range(n)),
              st.sampled_from(["if", "while", "for x in", "with"]), st.integers(1, 120)),
    st.sampled_from(["\0", "\ufeff", "# coding: utf-16\n", "\x0c", "\r", "\u2028", "#\ud800", "'\\N{"]),
)  # fmt: skip
_sources = st.builds(
    lambda before, text, inside, after: f"{before}{text}\ndef f(x):\n  {inside}\n  return {text!r}{after}",
    st.sampled_from(["", "\ufeff", "# coding: latin-1\n"]), _texts, _texts, _texts,
) | st.builds(lambda text, after: f"def f(x): return 0\n{text}\n{after}", _texts, _texts) | _texts  # fmt: skip


@examples(10, 250)
def test_random_text(executor, n) -> None:
    for_all(n, st.lists(_sources, min_size=1, max_size=12), lambda sources: never_passes(executor, sources))


# Programs that parse: random trees, grown from a string of bytes; when it is used up, everything ends soon.
NAMES = ("x", "f", "a", "b", "os", "sys", "gc", "ctypes", *dir(builtins))
ATTRIBUTES = (
    *("__class__", "__dict__", "__globals__", "f_back", "f_locals", "f_globals", "append", "clear", "close", "write"),
    *("modules", "stdout", "stdin", "_exit", "_getframe", "setrecursionlimit", "settrace", "environ", "__subclasses__"),
    *("__init__", "__eq__", "__code__", "replace", "fdopen", "dup2", "kill", "getpid", "getppid", "listdir", "pipe"),
    *("get_objects", "CDLL", "memset", "string_at", "py_object", "pythonapi", "fork", "closerange", "chmod", "abort"),
)
OPERATORS = ("+", "-", "*", "/", "%", "**", "<<", "|", "@", "//", "==", "<", "in", "is", "and", "or")
ATOMS = ("1", "x", "0", "-1", "''", "b'\\xff'", "None", "True", "1e308", "1 << 70", "()", "[]", "{}", "f", "os", "...")
EXPRESSIONS = (
    "({} {op} {})", "{name}({})", "{}({}, {})", "{name}({}, {})", "({}).{attribute}", "({}).{attribute}({})",
    "[{}, {}]", "({}, {})", "{{{}: {}}}", "{{{}, {}}}", "({} if {} else {})", "[{} for {target} in {}]",
    "({} for {target} in {})", "f'{{({})!r}}'", "os.{attribute}({})", "sys.{attribute}", "(lambda x: {})", "({})[{}]",
)  # fmt: skip
STATEMENTS = (
    "{}", "{target} = {}", "{target} += {}", "raise {}", "assert {}", "del {target}", "pass", "import {name}",
    "({}).{attribute} = {}", "({})[{}] = {}", "{name}({})", "os.{attribute}({})", "sys.{attribute}({})",
)  # fmt: skip
IN_FUNCTIONS = (*STATEMENTS, "return {}", "yield {}", "return", "global b")
BLOCKS = ("if {}:", "for {target} in {}:", "while {}:", "with {}:", "class a:", "class a({}):", "try:", "try:")
FUNCTIONS = ("def {target}(x):", "def f(x, *y):", "async def f(x):", "@{name}\ndef f(x):")
METHODS = ("f", "__eq__", "__init__", "__del__", "__repr__", "__reduce__", "__hash__", "__len__", "__iter__")


class Growth:
    """Choices read off a string of bytes, and the program that comes of them."""

    def __init__(self, data: bytes) -> None:
        self.left = list(data)[::-1]

    def pick(self, options: Sequence[str]) -> str:
        high, low = (self.left.pop() if self.left else 0 for _ in range(2))
        return options[(high * 256 + low) % len(options)]

    def filled(self, template: str, depth: int) -> str:
        fields = {"op": OPERATORS, "name": NAMES, "attribute": ATTRIBUTES, "target": ("a", "b", "x", *METHODS, "len")}
        parts = [self.expression(depth + 1) for _ in range(template.replace("{{", "").count("{}"))]
        return template.format(*parts, **{k: self.pick(v) for k, v in fields.items() if "{" + k + "}" in template})

    def expression(self, depth: int) -> str:
        if depth > 4 or not self.left or self.pick("01") == "0":
            return self.pick(ATOMS)
        return self.filled(self.pick(EXPRESSIONS), depth)

    def block(self, depth: int, *, function: bool) -> list[str]:
        lines: list[str] = []
        for _ in range(1 + int(self.pick("0123"))):
            kind = self.pick("sssbf") if depth < 4 and self.left else "s"
            if kind == "s":
                lines += self.filled(self.pick(IN_FUNCTIONS if function else STATEMENTS), 0).split("\n")
                continue
            head = self.filled(self.pick(BLOCKS if kind == "b" else FUNCTIONS), 2).split("\n")
            inside = kind == "f" or (function and "class" not in head[-1])
            lines += [*head, *("  " + line for line in self.block(depth + 1, function=inside))]
            lines += ["except BaseException: pass"] if head == ["try:"] else []
        return lines

    def program(self) -> str:
        head, last = self.pick(["import os, sys, gc, ctypes", "import os, sys", ""]), self.pick("01")
        before, after = self.block(2, function=False), self.block(2, function=False) if last == "1" else []
        inside = ["  " + line for _ in range(3) for line in ("try:", *("  " + x for x in self.block(1, function=True)),
                                                             "except BaseException as error: a = error")]  # fmt: skip
        return "\n".join([head, *before, "def f(x):", *inside, "  return a", *after])


def _tree(data: bytes) -> str:
    """A program that parses, mostly; what stands where it must not (a ``yield`` in a class) the compiler finds."""
    text = Growth(data).program()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        try:
            return ast.unparse(ast.parse(text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return text


_programs = st.binary(min_size=8, max_size=400).map(_tree)


@examples(25, 600)
def test_random_trees(executor, n) -> None:
    for_all(n, st.lists(_programs, min_size=1, max_size=12), lambda sources: never_passes(executor, sources))


@examples(15, 400)
def test_neighbours_in_one_process_do_not_spoil_an_honest_program(executor, n) -> None:
    """Programs of a task may share a process in a first tier; whatever they do there, the right one is not rejected."""
    with PythonExecutor(workers=1, share=8) as sharing:

        def check(sources: list[str]) -> None:
            mixed = [source for other in sources for source in (other, HONEST)]
            passed = sharing.run([Candidate(source) for source in mixed], [ONE[0]] * 3, limits=LIMITS).passed
            assert passed[1::2].all(), sources
            never_passes(sharing, sources)

        for_all(n, st.lists(_programs, min_size=1, max_size=8), check)


# Bytes on their way to the judge: real answers, changed, and arbitrary ones.
RECORDED = ("def f(x):\n  print('out')\n  return [x, {'a': 2.5}]", "def f(x): raise ValueError('no')", "def f(x:",
            "import os\ndef f(x): os._exit(1)")  # fmt: skip


@pytest.fixture(scope="module")
def recorded(executor) -> Iterator[list[tuple[Raw, bytes]]]:
    """What real children left behind, with the nonces their judge knew."""
    seen: list[tuple[Raw, bytes]] = []

    def spy(raw: Raw, nonce: bytes, limits: Limits) -> Any:
        seen.append((raw, nonce))
        return read_frames(raw, nonce, limits)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("unriddle.execute.row.read_frames", spy)
        executor.run([Candidate(source) for source in RECORDED], [CallTest("f", (1,))] * 3)
        executor.run([Candidate(RECORDED[0])], [CodeTest("assert f(1)", "f")])
    assert any(raw.frames for raw, _ in seen), "nothing was recorded: is the judge's reader somewhere else now?"
    return seen


_kinds = st.sampled_from(["set", "cut", "insert", "repeat", "swap"])
_edits = st.lists(st.tuples(_kinds, st.integers(0), st.binary(max_size=9)), max_size=6)


def edited(data: bytes, edits: list[tuple[str, int, bytes]]) -> bytes:
    """The bytes after some places were changed."""
    for kind, place, new in edits:
        at = place % (len(data) + 1)
        if kind == "set":
            data = data[:at] + new + data[at + len(new) :]
        elif kind == "cut":
            data = data[:at] + data[at + len(new) :]
        elif kind == "insert":
            data = data[:at] + new + data[at:]
        elif kind == "repeat":
            data = data[:at] * 2 + data[at:]
        else:
            data = data[at:] + data[:at]
    return data


def _must_be_bounded(raw: Raw, nonce: bytes) -> None:
    limits = Limits(output_bytes=50)
    for frame in read_frames(raw, nonce, limits):
        assert len(frame.stdout.encode("utf-8", "surrogatepass")) <= 50
        assert 0 <= frame.cpu_seconds <= raw.cpu_seconds + 1
        assert len(frame.error) + len(frame.message) < 10_000
        assert 0 <= frame.line < 2**31
        assert Interner().number(frame.value) in (0, -1)


@examples(300, 20_000)
def test_changed_answers_are_read_or_not_but_never_raise(recorded, n) -> None:
    def check(example: tuple[int, list[Any], int, int, float, list[float]]) -> None:
        which, edits, code, cause, seconds, marks = example
        raw, nonce = recorded[which % len(recorded)]
        changed = dataclasses.replace(
            raw, frames=edited(raw.frames, edits), exit_code=code, cause=cause, cpu_seconds=seconds, marks=tuple(marks)
        )
        _must_be_bounded(changed, nonce)

    codes, causes, floats = st.integers(-70, 255), st.integers(0, 3), st.floats(0, 9)
    for_all(n, st.tuples(st.integers(0), _edits, codes, causes, floats, st.lists(floats, max_size=5)), check)


@examples(200, 20_000)
def test_arbitrary_answers_never_raise(recorded, n) -> None:
    raw, nonce = recorded[0]
    pieces = st.sampled_from([nonce, b"V", b"P", b"\0\0\0\0", b"\xff" * 4, encode(SECRET >> 1), raw.frames[:9]])
    data = st.lists(st.binary(max_size=20) | pieces, max_size=12).map(b"".join)
    framed = st.lists(data, max_size=4).map(lambda parts: b"".join(struct.pack("<I", len(p)) + p for p in parts))
    for_all(n, data | framed, lambda bytes_: _must_be_bounded(dataclasses.replace(raw, frames=bytes_), nonce))


@examples(100, 5_000)
def test_answers_with_another_nonce_are_not_read(recorded, n) -> None:
    def check(example: tuple[int, bytes]) -> None:
        raw, nonce = recorded[example[0] % len(recorded)]
        if example[1] != nonce:
            assert read_frames(raw, example[1], Limits()) == []

    for_all(n, st.tuples(st.integers(0), st.binary(max_size=9)), check)


@examples(300, 20_000)
def test_arbitrary_bytes_are_a_value_or_a_value_error(n) -> None:
    real = st.sampled_from([encode(v) for v in ({"a": [1, 2.5, (None, True)]}, [{1}, frozenset("a"), 1j, 1 << 99],
                            range(3), bytearray(b"x"), iter([1, 2]))])  # fmt: skip

    def check(data: bytes) -> None:
        try:
            decode(data)
        except ValueError:
            return
        assert isinstance(key(data), bytes | None)

    for_all(n, st.binary(max_size=80) | st.builds(edited, real, _edits), check)


@examples(100, 5_000)
def test_what_comes_from_a_zygote_is_an_answer_or_its_death(n) -> None:
    def check(data: bytes) -> None:
        worker = object.__new__(Worker)
        worker.socket, theirs = socket.socketpair()
        with worker.socket, theirs:
            theirs.sendall(data)
            theirs.shutdown(socket.SHUT_WR)
            with contextlib.suppress(WorkerDied):
                assert isinstance(worker.receive(), Raw)

    counts = st.lists(st.sampled_from([0, 0, 0, 1, 9, 0x7F, 0xFFFF, 2**31, 2**32 - 1]), min_size=4, max_size=4)
    heads = st.builds(lambda numbers, rest: struct.pack("<IIII", *numbers) + rest, counts, st.binary(max_size=60))
    check(struct.pack("<IIII", 0, 0, 0, 0x7F) + bytes(17))  # a wait status that ``waitstatus_to_exitcode`` refuses
    for_all(n, st.binary(max_size=60) | heads, check)


TALKER = """
import os, sys
def nonce(size):
    frame, found = sys._getframe(), []
    while frame is not None:
        stack = [value for name, value in frame.f_locals.items() if name in ("nonce", "nonces", "job", "programs")]
        while stack:
            thing = stack.pop()
            if type(thing) is bytes and len(thing) == size: found.append(thing)
            if type(thing) in (list, tuple): stack += thing
            if type(thing) is dict: stack += thing.values()
        frame = frame.f_back
    return found[0] if found else b"?" * size
def say(data, known=b"", sockets=False):
    data = data.replace(known, nonce(len(known))) if known else data
    for fd in range(64):
        try:
            if not sockets or os.fstat(fd).st_mode & 0o170000 == 0o140000: os.write(fd, data)
        except OSError: pass
"""


@examples(10, 300)
def test_random_bytes_on_every_descriptor(executor, recorded, n) -> None:
    def source(example: tuple[int, list[Any], bytes, str, str]) -> str:
        which, edits, noise, when, ending = example
        raw, known = recorded[which % len(recorded)]
        deed = f"say({edited(raw.frames, edits) + noise!r}, {known!r})"
        return f"{TALKER}\n{deed if when != 'call' else ''}\ndef f(x):\n  {deed if when != 'load' else ''}\n  {ending}"

    endings = st.sampled_from(["return 0", "os._exit(0)", "raise ValueError", "f(x)", "os.closerange(0, 64)"])
    whens = st.sampled_from(["call", "call", "load", "both"])
    programs = st.tuples(st.integers(0), _edits, st.binary(max_size=30), whens, endings).map(source)
    for_all(n, st.lists(programs, min_size=1, max_size=10), lambda sources: never_passes(executor, sources))


# Messages to the driver of a code test, out of turn or in place of an answer.
CODE = (
    CodeTest(f"assert f(1) == {SECRET}", "f"),
    CodeTest(f"for x in f(1): assert x == {SECRET}\nassert f(2)[0] == {SECRET}", "f"),
    CodeTest(f"want = {SECRET}\ndef g(x): return x == want\nassert f(g) == want and f(want - 1) == 1", "f"),
    CodeTest(f"a, b = Box(1), Box(2)\nassert a.get() == {SECRET} and len(b.items) == {SECRET}", "f"),
)
_short = st.text(max_size=3)
_nodes = st.recursive(
    st.one_of(
        st.tuples(st.just("v"), st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text(max_size=5))),
        st.tuples(st.sampled_from("bn"), st.integers(0, 5) | st.sampled_from(["int", "type", "object", "exec", "x"])),
        st.tuples(st.just("r"), st.integers(0, 5), st.sampled_from(["int", "f", "", "\ud800"])),
    ),
    lambda inside: st.one_of(
        st.tuples(st.sampled_from("ltsfdxp"), st.lists(inside, max_size=4)),
        st.tuples(st.just("p"), _short, st.lists(_short, max_size=3), st.lists(inside, max_size=3)),
    ),
    max_leaves=6,
)  # fmt: skip
OPERATIONS = ("call", "getattr", "setattr", "find", "root", "iter", "next", "eq", "len", "repr", "isinstance", "exit")
_ERRORS = ("StopIteration", "SystemExit", "KeyboardInterrupt", "AssertionError", "Gone", "x(ValueError)", "\ud800",
           "UnicodeDecodeError", "ExceptionGroup", "MemoryError", "__import__", "")  # fmt: skip
_messages = st.one_of(
    st.tuples(st.just("="), _nodes),
    st.tuples(st.just("="), _nodes, st.lists(st.tuples(st.integers(-1, 2), _nodes), max_size=2)),
    st.tuples(st.just("?"), st.sampled_from(OPERATIONS), st.lists(_nodes, max_size=4)),
    st.tuples(st.just("!"), st.sampled_from(_ERRORS), st.text(max_size=9), st.integers(), st.integers()),
    st.tuples(st.sampled_from(["=", "?", "!", "P", "", 1]), _nodes),
)
_packets = st.builds(
    lambda body, lie, edits: edited(struct.pack("<I", len(body) + lie) + body, edits),
    st.builds(encode, _messages), st.sampled_from([0, 0, 0, 0, 0, 0, 1, -1, 1 << 27]), st.just([]) | _edits,
)  # fmt: skip
_talk = st.lists(_packets, min_size=1, max_size=4).map(b"".join) | st.binary(max_size=60)


def _speaker(talk: bytes, when: str, ending: str) -> str:
    at_load, at_call = (f"say({talk!r}, sockets=True)" if when == place else "" for place in ("load", "call"))
    box = "class Box:\n  items = ()\n  def __init__(self, n): pass\n  def get(self): return f(0)"
    return f"{TALKER}\n{at_load}\ndef f(x):\n  {at_call}\n  {ending}\n{box}"


_speakers = st.builds(
    _speaker, _talk, st.sampled_from(["call", "call", "load"]),
    st.sampled_from(["return 3", "return [3]", "return x", "return x(x)", "os._exit(0)", "raise ValueError"]),
)  # fmt: skip


@examples(12, 200)
def test_random_messages_to_the_driver(executor, n) -> None:
    limits = Limits(cpu_seconds=0.2, wall_seconds=0.3, memory_mb=256)  # a message cut short leaves both sides waiting
    run = functools.partial(never_passes, executor, tests=CODE, limits=limits)
    for_all(n, st.lists(_speakers, min_size=1, max_size=10), run)
