"""Programs that fight their tracer get a short or a wrong trace, and never hurt whoever asked for it."""

from __future__ import annotations

import pytest

from unriddle.execute.python import PythonExecutor
from unriddle.execute.trace import Trace, monitor, trace
from unriddle.execute.trace.html import as_html
from unriddle.execute.trace.read import read_events
from unriddle.execute.trace.text import blocks_text, events_text
from unriddle.language.blocks import basic_blocks
from unriddle.outcome import Limits

TIGHT = Limits(cpu_seconds=1.0, memory_mb=512)

MILLION = "def f():\n    for i in range(10**6):\n        pass\n"

HOSTILE = {
    "switches it off": ("import sys\ndef f():\n    sys.settrace(None)\n    x = 1\n    return 7\n", "returned"),
    "takes its place": (
        "import sys\ndef f():\n    sys.settrace(lambda *a: None)\n    y = 1\n    return 7\n",
        "returned",
    ),
    "leaves at once": ("import os\ndef f():\n    x = 3\n    os._exit(0)\n", "died"),
    "swallows everything": (
        "def f():\n    while True:\n        try:\n            while True:\n                pass\n"
        "        except BaseException:\n            pass\n",
        "events",
    ),
    "eats memory": ("def f():\n    x = []\n    while True:\n        x.append([0] * 10**7)\n", "raised"),
    "crashes": ("import ctypes\ndef f():\n    x = 1\n    ctypes.string_at(0)\n", "died"),
    "closes all doors": (
        "import os, sys\ndef f():\n    for i in range(64):\n        try:\n            os.close(i)\n"
        "        except OSError:\n            pass\n    return 7\n",
        "died",
    ),
    "shadows what the tracer uses": (
        "import builtins, json, sys\ndef f():\n    builtins.len = builtins.type = None\n    json.dumps = None\n"
        "    return 7\n",
        "",
    ),
    "runs code from its values": (
        "class A:\n    def __getattribute__(self, name):\n        while True: pass\n    __repr__ = __eq__ = None\n"
        "class B(dict):\n    def items(self):\n        1 / 0\n"
        "def f():\n    a, b = A(), B(x=1)\n    return 7\n",
        "returned",
    ),
    "cuts off its own message": (
        "class E(Exception):\n    def __str__(self):\n        while True: pass\n    args = 5\n"
        "def f():\n    raise E(1)\n",
        "raised",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_the_caller_gets_a_trace(executor: PythonExecutor, name: str) -> None:
    source, end = HOSTILE[name]
    found = trace(source, "f()", executor=executor, limits=TIGHT, max_events=3000)
    assert end in ("", found.end), (found.end, found.error)
    assert isinstance(as_html(found) + events_text(found) + blocks_text(found), str)
    if name in ("switches it off", "takes its place"):
        assert any("switched the tracer off" in note for note in found.notes)
        assert found.value == "7"
    if name in ("leaves at once", "crashes"):
        assert [event.line for event in found.events if event.kind == "line"] == [3, 4]


def test_a_million_events_are_cut(executor: PythonExecutor) -> None:
    assert len(trace(MILLION, "f()", executor=executor).events) == 10_000


@pytest.mark.slow
def test_a_million_events_are_counted(executor: PythonExecutor) -> None:
    counted = monitor(MILLION, "f()", ["loops"], executor=executor, limits=Limits(cpu_seconds=20.0))
    assert counted.loops == {("f", 2): 10**6}


def test_forged_records_are_data_like_any_other(executor: PythonExecutor) -> None:
    """A program that finds the recorder can say what it likes; what does not fit is refused."""
    source = (
        "import gc, os\ndef f():\n"
        "    for found in gc.get_objects():\n"
        "        if type(found).__name__ == 'Recorder':\n"
        "            for record in (['l', 0, 10**9], ['l', 0, 2], ['c', 5, -1, 99, 'call', 1]):\n"
        "                found._add(record)\n"
        "    os.write(1, b'\\x1enoise\\n')\n"
        "    return 7\n"
    )
    found = trace(source, "f()", executor=executor, limits=TIGHT, max_events=100_000, events=("call", "return"))
    assert any("damaged" in note for note in found.notes)
    assert as_html(found)


@pytest.mark.parametrize(
    "record",
    [
        "[", "[]", "7", '["l"]', '["l", 0, -1]', '["l", 9, 1]', '["l", true, 1, 2]', '["w", 0, 1, "x"]', '["z", 1]',
        '["e", "won", "", 0, 0, false]', "[" * 100_000, '["l", 0, ' + "9" * 5000 + "]",
    ],
)  # fmt: skip
def test_records_that_make_no_sense_end_the_reading(record: str) -> None:
    scopes = basic_blocks("def f():\n    return 1\n")
    text = f'M["c", 0, -1, 1, "call", 1]\nignored\nM["l", 0, 2]\nM{record}\nM["l", 0, 2]\n'
    read = read_events(text, "M", scopes, max_events=100)
    assert (len(read.events), read.damaged, read.ending) == (2, True, None)


def test_a_page_shows_a_strangers_text_and_runs_none_of_it(executor: PythonExecutor) -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    source = f"def f(x):\n    y = x  # {evil}\n    print(x)\n    raise ValueError(x)\n"
    page = as_html(trace(source, f"f({evil!r})", executor=executor))
    assert page.count("<script") == page.count("</script>") == 2
    assert "<img" not in page
    assert "&lt;img src=x" in page
    assert "{{" not in page.replace("{{call}}", "")
    assert "http" not in page.replace("http-equiv", "")
    assert "default-src 'none'" in page


def test_a_terminal_is_sent_no_commands(executor: PythonExecutor) -> None:
    source = "def f(x):\n    raise ValueError('\\x1b[2J')\n"
    found = trace(source, "f(1)", executor=executor)
    assert "\x1b" in found.error
    assert "\x1b" not in events_text(found) + blocks_text(found)


def test_traces_are_plain_frozen_data() -> None:
    with pytest.raises(AttributeError):
        Trace("", "", (), (), (), "returned").end = "died"  # type: ignore[misc]
