"""The judge survives every byte string a candidate can send.

Bytes are forged here directly, as a candidate can. Work that could exhaust this process runs in a child with bounded
memory and CPU, so that a failure is a failed test and not a dead test run.
"""

from __future__ import annotations

import struct
import subprocess
import sys
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unriddle import CallTest, Equality, Limits, Raises, Returns
from unriddle.execute.intern import Interner
from unriddle.execute.judge import Frame, cell_of_error, judge_value, read_frames, read_programs
from unriddle.execute.plan import make_plan
from unriddle.execute.worker import Raw
from unriddle.language.values import Opaque, decode, encode, key

_HEAD = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (12, 12))
import struct, sys
from decimal import Decimal
from fractions import Fraction
from unriddle import CallTest, Equality, Returns
from unriddle.execute.intern import Interner
from unriddle.execute.judge import Frame, judge_value, read_frames
from unriddle.execute.plan import make_plan
from unriddle.language.values import decode, encode, key
def count(tag, n): return tag + struct.pack("<i", n)
def judge(data, expected, equality=Equality()):
    (call,) = make_plan([CallTest("f", expect=Returns(expected, equality))]).shared
    cell = judge_value(call, Frame("V", 0.0, data, "", "", "", 0, 0))
    Interner().number(data)
    return cell.status.name
def refused(data):
    try: decode(data)
    except ValueError: return True
    return False
"""


def _bounded(code: str) -> None:
    """Run code in a child with 1 GiB and 12 CPU seconds; every step must end well there."""
    run = subprocess.run([sys.executable, "-c", _HEAD + textwrap.dedent(code)], capture_output=True, text=True)
    assert run.returncode == 0, f"exit {run.returncode}: {run.stderr[-400:]}"


FORGED = {
    "deep tuple as a set element": "decoded = refused(count(b'<', 1) + count(b'(', 1) * 500_000 + b'N')",
    "deep tuple as a dict key": "decoded = refused(b'{' + count(b'(', 1) * 500_000 + b'NN0')",
    "deep frozenset": "judge(count(b'>', 1) * 100_000 + b'N', {1})",
    "deep list": "assert judge(count(b'[', 1) * 500_000 + b'N', [1]) == 'FAIL'",
    "deep tuple": "assert judge(count(b'(', 1) * 500_000 + b'N', (1,)) == 'FAIL'",
    "deep dict": "assert judge((b'{' + encode(1)) * 500_000 + b'N' + b'0' * 500_000, {1: 2}) == 'FAIL'",
    "deep records": "judge((count(b'P', 1) + encode('T') + encode('a')) * 100_000 + b'N', (1,))",
    "deep record as a set element":
        "refused(b'<' + struct.pack('<i', 1) + (count(b'P', 1) + encode('T') + encode('a')) * 100_000 + b'N')",
    "length bomb": "assert all(refused(count(tag, 2**31 - 1)) for tag in (b'[', b'(', b'<', b'>', b'q', b'u', b's'))",
    "negative lengths": "assert all(refused(count(tag, -1) + b'N') for tag in (b'[', b'(', b'<', b'u', b'C', b'S'))",
    "colliding integers": "refused(count(b'<', 200_000) + b''.join(encode(i * (2**61 - 1)) for i in range(200_000)))",
    "long range, unordered": "assert judge(encode(range(10**12)), [1, 2], Equality('unordered')) == 'FAIL'",
    "long range, set": "assert judge(encode(range(10**12)), {1, 2}, Equality('set')) == 'FAIL'",
    "long range, arrays": "assert judge(encode(range(10**12)), [1, 2], Equality(arrays=True)) == 'FAIL'",
    "endless range": "assert judge(encode(range(10**30)), [1], Equality('unordered')) == 'FAIL'",
    "endless range against a range": "assert judge(encode(range(10**30)), range(3)) == 'FAIL'",
    "array of many empty rows":
        "a = b'A' + encode('<f8') + encode([10**9, 0]) + encode(b'')\n"
        "for e in (Equality('unordered'), Equality('set'), Equality(arrays=True), Equality('truth'), Equality()):\n"
        "    assert judge(a, [1], e) == 'FAIL' or e.kind == 'truth'",
    "object array of many empty rows":
        "a = b'A' + encode('O') + encode([10**9, 0]) + encode([])\n"
        "for e in (Equality('unordered'), Equality('set'), Equality(arrays=True), Equality()):\n"
        "    assert judge(a, [1], e) == 'FAIL'",
    "impossible shapes":
        "for shape in ([2**62, 2**62], [-1], [2**63], [10**30], [1] * 65, [0] * 33, [True]):\n"
        "    assert refused(b'A' + encode('<i1') + encode(shape) + encode(b'')), shape",
    "zero-size items": "assert refused(b'A' + encode('<S0') + encode([10**9]) + encode(b''))",
    "invalid code points":
        "for tag, shape in ((b'a', b''), (b'A', encode([1]))):\n"
        "    data = tag + encode('<U1') + shape + encode(b'\\xff' * 4)\n"
        "    assert refused(data) or judge(data, 'a') == 'FAIL'",
    "decimal of a million digits": "judge(encode(Decimal('0.' + '1' * 1_000_000)), 1)",
    "fraction of a million digits":
        "judge(b'Q' + encode((1 << 40_000_000) + 12345677) + encode((3 << 39_999_999) + 1), 1)",
    "huge decimal": "assert judge(encode(Decimal('1e999999999')), 10) == 'FAIL'",
    "huge decimal, close": "assert judge(encode(Decimal('1e999999999')), 1.0, Equality('close', atol=1)) == 'FAIL'",
    "tiny decimal": "assert judge(encode(Decimal('1e-999999999')), 0) == 'FAIL'",
    "decimals in a set":
        "judge(count(b'<', 2) + encode(Decimal('1e99999999')) + encode(Decimal('1e-99999999')), {1}, Equality('set'))",
    "signalling NaN":
        "for e in (Equality(), Equality('close', atol=1), Equality('unordered'), Equality('truth')):\n"
        "    for v in (Decimal('sNaN'), [Decimal('sNaN')], {1: Decimal('sNaN')}):\n        judge(encode(v), [1.0], e)",
    "huge integer": "judge(encode(1 << 100_000_000), 1.0, Equality('close', atol=1))",
    "integer against a decimal": "judge(encode(7 ** 2_000_000), Decimal(3))",
    "integer of many leading zeros": "judge(b'l' + struct.pack('<i', 4_000_000) + bytes(8_000_000), 0)",
}  # fmt: skip


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_value_costs_bounded_work_and_ends_in_a_verdict(what) -> None:
    _bounded(FORGED[what])


def test_fast_path_20k_elements_under_every_policy() -> None:
    got = list(range(20_000))
    for kind in ("exact", "close", "unordered", "set"):
        assert _judged(encode(got[::-1] if kind in ("unordered", "set") else got), got, Equality(kind)) == "PASS"
        assert _judged(encode([*got[:-1], -1]), got, Equality(kind)) == "FAIL"


def _judged(data: bytes, expected: object, equality: Equality) -> str:
    (call,) = make_plan([CallTest("f", expect=Returns(expected, equality))]).shared
    return judge_value(call, Frame("V", 0.0, data, "", "", "", 0, 0)).status.name


_plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=9) | st.complex_numbers(),
    lambda inside: st.lists(inside, max_size=4) | st.tuples(inside, inside) | st.dictionaries(st.text(), inside),
    max_leaves=12,
)
_special = st.sampled_from(
    [
        b"a" + encode(kind) + encode(raw * (size // len(raw)))
        for kind, size in (("<M8", 8), ("<M8[as]", 8), ("<M8[Y]", 8), ("<m8[D]", 8), ("<f2", 2), ("<f16", 16),
                           ("<c32", 32), ("<U1", 4), ("|S3", 3), ("|b1", 1), (">i8", 8), ("<u8", 8))
        for raw in (b"\xff", b"\0", b"\x7f", b"\x01")
    ]
    + [
        b"A" + encode(kind) + encode(shape) + encode(raw * (size * n // len(raw)))
        for kind, size in (("<M8[s]", 8), ("<m8", 8), ("<f8", 8), ("<f16", 16), ("<U2", 8), ("|b1", 1))
        for shape, n in (([], 1), ([1], 1), ([0], 0), ([2, 1], 2), ([0, 3], 0))
        for raw in (b"\xff", b"\0", b"\x7f")
    ]
    + [b"D" + encode(text) for text in ("sNaN", "NaN7", "-Infinity", "1E+400", "-0", "1e-1000")]
    + [b"R" + encode(0) + encode(10**30) + encode(1), b"Ou\x01\0\0\0x", b"O" + encode(3),
    b"H" + encode(b"d") + encode(9)]
    + [b"Q" + encode(1) + encode(0), b"e" + encode(10**9) + encode(0) + encode(0),
    b"e" + encode(10**30) + 2 * encode(0)]
    + [b"d" + encode(a) + encode(b) for a, b in (("time", "23:59"), ("datetime", "0001-01-01T00:00+23:59"), ("x", ""))]
    + [struct.pack("<ci", b"S", 1) + encode("map") + encode(cut) + encode(1) for cut in (True, False, 1)]
)  # fmt: skip
_wrapped = st.builds(lambda data, n: struct.pack("<ci", b"[", 1) * n + data, _special, st.integers(0, 3))
_mutated = st.builds(
    lambda value, cuts: _mutate(encode(value), cuts), _plain, st.lists(st.tuples(st.integers(0), st.integers(0, 255)))
)
_hostile = st.binary(max_size=200) | _wrapped | _mutated


def _mutate(data: bytes, changes: list[tuple[int, int]]) -> bytes:
    out = bytearray(data)
    for place, byte in changes:
        out[place % len(out)] = byte
    return bytes(out)


@settings(max_examples=600)
@given(_hostile)
def test_decode_and_key_raise_value_error_only(data) -> None:
    try:
        decode(data)
    except ValueError:
        return
    try:
        key(data)
    except ValueError:
        pass


_EXPECTED = [0, 1.5, "a", b"", [1], (1, 2), {"a": [1]}, {1}, None, True, float("nan"), 1j]
_POLICIES = [
    *(Equality(kind) for kind in ("exact", "close", "unordered", "set", "truth")),
    Equality("close", atol=1.0, rtol=0.5), Equality(same_type=True), Equality(arrays=True),
    Equality("unordered", atol=0.1, same_type=True), Equality("close", atol=1e-3, arrays=True),
]  # fmt: skip


@settings(max_examples=400)
@given(_hostile)
def test_the_judge_gives_a_verdict_on_any_bytes(data) -> None:
    for expected in _EXPECTED:
        for equality in _POLICIES:
            assert _judged(data, expected, equality) in ("PASS", "FAIL")
    number = Interner().number(data)
    assert number in (0, -1)


@settings(max_examples=100)
@given(_hostile)
def test_bytes_that_are_no_value_never_pass(data) -> None:
    try:
        decode(data)
    except ValueError:
        for expect in (None, Raises("Exception")):
            (call,) = make_plan([CallTest("f", expect=expect)]).shared
            assert judge_value(call, Frame("V", 0.0, data, "", "", "", 0, 0)).status.name == "FAIL"


_parts = st.tuples(
    st.sampled_from([bytes([kind]) for kind in b"KLVEPAXG"]), st.floats(), st.binary(max_size=20),
    st.binary(max_size=9),
    st.sampled_from(["ValueError", "A(MemoryError)", "", "\ud800", "__doc__", "("]), st.text(),
    st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1),
)  # fmt: skip


def _frame(kind, cpu_seconds, value, stdout, error, message, line, errno, *, nonce=b"nonce123") -> bytes:
    texts = [text.encode("utf-8", "backslashreplace") for text in (error, message)]
    lengths = [len(part) for part in (value, stdout, *texts)]
    body = struct.pack("<8scdIIIIii", nonce, kind, cpu_seconds, *lengths, line, errno) + b"".join(
        (value, stdout, *texts)
    )
    return struct.pack("<I", len(body)) + body


@settings(max_examples=300)
@given(st.lists(_parts, max_size=4), st.binary(max_size=12))
def test_frames_up_to_the_first_malformed_one_are_read(frames, tail) -> None:
    data = b"".join(_frame(*parts) for parts in frames)
    read = read_frames(Raw(data + tail, b"", 0, 0, 0.0, 0.0), b"nonce123", Limits())
    assert [f.kind.encode() for f in read] == [parts[0] for parts in frames]
    assert [f.value for f in read] == [parts[2] for parts in frames]
    for frame in read:
        assert frame.cpu_seconds == 0.0
        for expect in (None, Raises("ValueError"), Raises("\ud800")):
            cell_of_error(frame, expect)


_GOOD = (b"V", 0.0, b"N", b"out", "", "", 0, 0)


@pytest.mark.parametrize("place", [0, 1, 2, 3, *range(4, 13), *range(21, 37)])
def test_a_frame_with_a_wrong_length_nonce_or_kind_is_not_read(place) -> None:
    data = bytearray(_frame(*_GOOD))
    data[place] ^= 0x40
    raw = Raw(bytes(data), b"", 0, 0, 0.0, 0.0, (0.0,))
    assert read_frames(raw, b"nonce123", Limits()) == []
    again = Raw(_frame(*_GOOD), b"", 0, 0, 0.0, 0.0, (0.0,))
    assert len(read_frames(again, b"nonce123", Limits())) == 1


def test_programs_of_one_job_speak_in_turn() -> None:
    a, b = _frame(*_GOOD, nonce=b"a" * 8), _frame(*_GOOD, nonce=b"b" * 8)
    for data, counts in ((a + a + b, [2, 1]), (b, [0, 1]), (a + b + a, [1, 1]), (b + a, [0, 1]), (b"", [0, 0])):
        found = read_programs(Raw(data, b"", 0, 0, 0.0, 0.0), (b"a" * 8, b"b" * 8), Limits())
        assert [len(frames) for frames in found] == counts


def test_an_opaque_token_equals_nothing_under_every_policy() -> None:
    for data in (b"Ou\x01\0\0\0x", encode([Opaque("x")]), encode([object()])):
        for expected in (*_EXPECTED, [2], {"a": 1}):
            for equality in _POLICIES:
                if equality.kind != "truth":
                    assert _judged(data, expected, equality) == "FAIL"
    # An object is true unless it says otherwise, and it is not asked: as in plain Python, `assert f(x)` then holds.
    assert _judged(b"Ou\x01\0\0\0x", True, Equality("truth")) == "PASS"
    assert _judged(b"Ou\x01\0\0\0x", False, Equality("truth")) == "FAIL"
