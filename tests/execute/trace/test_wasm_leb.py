"""Numbers of a WebAssembly module are read as its format says, and hostile ones end soon."""

import pytest

from unriddle.errors import BadInput
from unriddle.execute.trace.wasm.leb import Reader, signed, unsigned


@pytest.mark.parametrize(
    ("data", "value"),
    [(b"\x00", 0), (b"\x7f", -1), (b"\xe5\x8e\x26", 624485), (b"\xc0\xbb\x78", -123456), (b"\x40", -64)],
)
def test_signed_numbers_of_the_specification(data: bytes, value: int) -> None:
    assert Reader(data).whole() == value


def test_numbers_read_back_at_the_ends_of_64_bits() -> None:
    for value in (0, 127, 128, 2**32 - 1, 2**64 - 1):
        assert Reader(unsigned(value)).number() == value
    for value in (-(2**63), 2**63 - 1, 63, 64, -65):
        assert Reader(signed(value)).whole() == value


@pytest.mark.parametrize("read", [Reader.number, Reader.whole])
def test_a_number_without_end_is_refused_at_once(read) -> None:
    with pytest.raises(BadInput, match="more than 10 bytes"):
        read(Reader(b"\x80" * 10_000_000))
