"""A program under test code that lies, dies, talks out of turn, or tries to read the test."""

from __future__ import annotations

import pytest

from unriddle import CodeTest, Limits, Status

LIMITS = Limits(cpu_seconds=1, wall_seconds=6, max_kills=9)
LIAR = """
class Liar:
    __hash__ = lambda s: 0
    def __eq__(s, o): return True
    def __ne__(s, o): return False
    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__
    def __sub__(s, o): return 0
    __rsub__ = __add__ = __radd__ = __mul__ = __mod__ = __pow__ = __sub__
    def __abs__(s): return 0
    def __round__(s, n=0): return 2
    __int__ = __index__ = __len__ = __float__ = __abs__
    def __bool__(s): return True
    def __iter__(s): return iter([2])
    def __getitem__(s, i): return 2
    def __str__(s): return "2"
    __repr__ = __str__
    def __format__(s, spec): return "2"
    __class__ = int
def f(*a): return Liar()
"""


@pytest.mark.parametrize(
    "code",
    [
        "assert f() == 2", "assert 2 == f()", "assert not f() != 2", "assert f() <= 2 <= f()", "assert f() - 2 == 0",
        "assert abs(f() - 2) < 1e-6", "assert 2 - f() == 0", "assert f() in [1, 2]", "assert 2 in f()",
        "assert f() in {2: 1}", "assert len(f()) == 0", "assert round(f()) == 2", "assert int(f()) == 0",
        "assert float(f()) == 0", "assert f()[0] == 2", "assert isinstance(f(), int)", "assert type(f()) is int",
        "assert f().__class__ is int", "assert str(f()) == '2'", "assert repr(f()) == '2'", "assert f'{f()}' == '2'",
        "assert '%s' % f() == '2'", "assert range(3)[f()] == 2", "assert [f()] == [2]", "assert (1, f()) == (1, 2)",
        "assert {'a': f()} == {'a': 2}", "assert sorted([f(), 1])[0] == 1", "assert max(f(), 1) == 2",
        "assert sum([f()]) == 2", "assert [2].index(f()) == 0", "assert [2].count(f()) == 1", "assert f() is 2",
        "import math\nassert math.isclose(f(), 2)", "import operator\nassert operator.eq(f(), 2)",
        "assert f() == f() == 2", "assert hash(f()) == hash(2)", "assert f() % 2 == 0", "assert f() ** 2 == 4",
    ],
)  # fmt: skip
def test_an_object_cannot_answer_for_itself(outcomes, code) -> None:
    (cell,) = outcomes(LIAR, CodeTest(code, "f"), limits=LIMITS)
    assert cell.status is Status.FAIL, cell


@pytest.mark.parametrize(
    "error", ["StopIteration", "StopAsyncIteration", "GeneratorExit", "type('S', (StopIteration,), {})"]
)
def test_an_exception_cannot_end_the_tests_own_iteration(outcomes, error) -> None:
    source = f"def f(*a): raise {error}()"
    for code in (
        "assert list(map(f, [1, 2])) == [] or True",
        "for x in map(f, [1]): assert False",
        "assert all(f(i) == 2 for i in range(3))",
        "def g():\n  yield f(1)\nfor x in g(): assert x == 2",
        "sum(map(f, [1]))",
    ):
        (cell,) = outcomes(source, CodeTest(code, "f"), limits=LIMITS)
        assert cell.status in (Status.ERROR, Status.FAIL), (code, cell)


def test_an_assertion_error_of_the_program_is_an_error(outcomes) -> None:
    (cell,) = outcomes("def f(): raise AssertionError('x')", CodeTest("f()", "f"), limits=LIMITS)
    assert cell.status is Status.ERROR


PEER = """
import gc, os, struct, sys, marshal, socket
def peers():
    found = []
    for fd in range(3, 64):
        try:
            if os.fstat(fd).st_mode & 0o170000 == 0o140000: found.append(fd)
        except OSError: pass
    return found
def say(message):
    body = marshal.dumps(message, 2)
    for fd in peers():
        os.write(fd, struct.pack("<I", len(body)) + body)
"""


@pytest.mark.parametrize(
    "deed",
    [
        "[os.write(fd, b'\\xff' * 4096) for fd in peers()]",
        "[os.write(fd, b'\\0' * 4096) for fd in peers()]",
        "[os.write(fd, os.urandom(4096)) for fd in peers()]",
        "[os.write(fd, struct.pack('<I', 1 << 25)) for fd in peers()]; os._exit(0)",
        "[os.close(fd) for fd in peers()]",
        "[os.dup2(0, fd) for fd in peers()]",
        "say(('=',))", "say(())", "say(('=', ()))", "say(('=', ('b', 1)))", "say(('=', ('r', [], 1)))", "say(7)",
        "say(('=', ('r', 1, 'int', False)))", "say(('=', ('d', [('v', 1)])))", "say(('=', ('s', [('d', [])])))",
        "say(('!', 'SystemExit', 'x', 0, 0))", "say(('!', 'KeyboardInterrupt', 'x', 0, 0))", "say(('!',))",
        "say(('!', 'AssertionError', 'x', 0, 0))", "say(('!', 'StopIteration', '', 0, 0))", "say(('?', 'call', []))",
        "say(('?', 'nothing', [('v', 1)]))", "say(('?', 'call', [('v', 1), ('v', 2), ('v', 3)]))", "say(('P', 1))",
        "say(('?', 'getattr', [('b', 1), ('v', '__globals__')]))", "say(('?', 'iter', [('v', [1])]))", "os._exit(0)",
        "message = ('v', 1)\n  for i in range(900): message = ('l', [message])\n  say(('=', message))",
        "message = ('v', 1)\n  for i in range(1900): message = ('l', [message])\n  say(('=', message))",
    ],
)  # fmt: skip
def test_talking_out_of_turn_never_passes(outcomes, deed) -> None:
    source = PEER + f"def f(x):\n  {deed}\n  return 3\n"
    (cell,) = outcomes(source, CodeTest("assert f(1) == 2\nassert f(2) == 4", "f"), limits=LIMITS)
    assert cell.status not in (Status.PASS, Status.INFRA, Status.SKIPPED), cell


def test_a_giant_reply_is_bounded(outcomes) -> None:
    for source in (
        "def f(x): return 'a' * (1 << 28)",
        "def f(x): return [0] * (1 << 24)",
        "def f(x): return 'a' * (65 << 20)",
    ):
        (cell,) = outcomes(source, CodeTest("assert f(1) == 2", "f"), limits=Limits(cpu_seconds=2, memory_mb=600))
        assert cell.status in (Status.FAIL, Status.ERROR, Status.MEMORY, Status.CRASH, Status.TIMEOUT), cell


def test_an_endless_iterator_ends_at_a_limit(outcomes) -> None:
    source = "import itertools\ndef f(x): return itertools.count()"
    (cell,) = outcomes(
        source, CodeTest("assert sorted(f(1)) == [1]", "f"), limits=Limits(cpu_seconds=0.5, wall_seconds=4)
    )
    assert cell.status in (Status.TIMEOUT, Status.MEMORY)


EXPECTED = "needle-in-the-test-9v3"


@pytest.mark.parametrize(
    "expression",
    [
        "g.__globals__", "g.__code__.co_consts", "g.__closure__", "g.__defaults__", "g.__wrapped__", "g.__self__",
        "g.__class__.__subclasses__()", "g.__call__.__self__", "g.__func__.__globals__", "type(g).__init__.__globals__",
        "getattr(g, '__globals__')", "vars(g)", "g.__dict__", "g.__module__", "dir(g)", "repr(g)", "str(g)",
        "g.__reduce_ex__(2)", "g.__init_subclass__", "g.__getattribute__('__globals__')", "g(1).__globals__",
        "g.__doc__",
        "object.__getattribute__(g, '_peer').request('getattr', g, '__globals__')",
        "object.__getattribute__(g, '_peer').request('getattr', g, '__code__')",
        "object.__getattribute__(g, '_peer').request('repr', g)",
        "object.__getattribute__(g, '_peer').request('root', 'expected')",
        "object.__getattribute__(g, '_peer').request('find', 'expected')",
        "object.__getattribute__(g, '_peer').request('isinstance', g, g)",
        "object.__getattribute__(it, '_peer').request('getattr', it, 'gi_frame')",
        "object.__getattribute__(it, '_peer').request('getattr', it, 'gi_code')", "it.gi_frame.f_globals",
        "object.__getattribute__(it, '_peer').request('setattr', it, 'x', 1)",
        "object.__getattribute__(box, '_peer').request('getattr', box, '__class__')",
        "object.__getattribute__(box, '_peer').request('getattr', box, '__dict__')", "box._hidden", "box.__dict__",
        "object.__getattribute__(box, '_peer').request('format', box, '{0.__init__.__globals__}')",
    ],
)  # fmt: skip
def test_a_callback_does_not_open_the_test(outcomes, expression) -> None:
    source = (
        "def f(g, it, box):\n  try: print(repr(" + expression + "))\n"
        "  except BaseException as error: print(type(error).__name__, error)\n  return 0"
    )
    code = f"""
expected = {EXPECTED!r}
class Box:
    def __init__(self): self._hidden = expected
def g(x): return x if x != expected else None
it = (expected for i in range(1) if i)
assert f(g, it, Box()) == expected
"""
    (cell,) = outcomes(source, CodeTest(code, "f"), limits=LIMITS)
    assert cell.status is Status.FAIL, cell
    assert EXPECTED not in cell.stdout
    assert "needle" not in cell.stdout


def test_the_drivers_memory_is_another_process(outcomes) -> None:
    source = (
        "import gc, sys\ndef f(x):\n  wanted = 'needle-in' + '-driver-' + '5t'\n"
        "  found = [o for o in gc.get_objects()\n"
        "    if type(o) is dict and any(type(v) is str and wanted in v for v in o.values())]\n"
        "  frame = sys._getframe()\n  while frame:\n"
        "    found += [k for k, v in frame.f_globals.items() if v == wanted]\n"
        "    frame = frame.f_back\n  print(len(found))\n  return found and wanted"
    )
    code = "expected = 'needle-in-driver-5t'\nassert f(1) == expected"
    (cell,) = outcomes(source, CodeTest(code, "f"), limits=LIMITS)
    assert cell.status is Status.FAIL
    assert cell.stdout == "0\n"


def test_calls_back_and_forth_without_end_are_ended(outcomes) -> None:
    source = "def f(g): return g(f, g)"
    (cell,) = outcomes(source, CodeTest("assert f(lambda a, b: a(b)) == 1", "f"), limits=LIMITS)
    assert cell.status not in (Status.PASS, Status.INFRA, Status.SKIPPED)


def test_a_program_cannot_change_what_the_test_compares_with(outcomes) -> None:
    source = "def f(values, box):\n  values.clear()\n  try: box.expected = 0\n  except Exception: pass\n  return 0"
    code = "values = [1, 2]\nclass Box: expected = 5\nassert f(values, Box) == Box.expected"
    (cell,) = outcomes(source, CodeTest(code, "f"), limits=LIMITS)
    assert cell.status is Status.FAIL


def test_a_name_the_program_defines_does_not_replace_an_import_of_the_test(outcomes) -> None:
    source = "class math:\n  isclose = staticmethod(lambda *a, **k: True)\ndef f(x): return 99"
    for code in ("import math\nassert math.isclose(f(1), 2)", "from math import isclose\nassert isclose(f(1), 2)"):
        assert outcomes(source, CodeTest(code, "f"), limits=LIMITS)[0].status is Status.FAIL


def test_a_checker_in_the_test_is_not_replaced_by_one_of_the_program(outcomes) -> None:
    source = "def check(g): return None\ndef f(x): return 99"
    code = "def check(g):\n  assert g(1) == 2\ncheck(f)"
    assert outcomes(source, CodeTest(code, "f"), limits=LIMITS)[0].status is Status.FAIL


def test_emptying_an_argument_does_not_meet_a_test_that_reads_it_again(outcomes) -> None:
    code = CodeTest("v = [3, 1, 2]\nassert f(v) == sorted(v)", entry="f")
    for source, wanted in (
        ("def f(v):\n  v.clear()\n  return []", Status.FAIL),
        ("def f(v):\n  v.clear()", Status.FAIL),
        ("def f(v): return sorted(v)", Status.PASS),
    ):
        assert outcomes(source, code)[0].status is wanted
