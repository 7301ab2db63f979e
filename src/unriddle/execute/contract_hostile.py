"""Properties about programs that attack their judge: none passes without the value, none hurts what is around it.

The programs do no lasting harm even where an executor isolates nothing but a process. Not covered: attacks that know
the inside of one executor (its framing, its processes); those belong into that executor's own tests.
"""

from __future__ import annotations

import os
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.execute.contract_property import Make, NotHere, Property, must
from unriddle.outcome import Limits, Status
from unriddle.problem import CallTest, CodeTest, Raises, Returns, Satisfies
from unriddle.verdicts import Verdicts

__all__ = ["HOSTILE"]

_SECRET = 0xC5A1_70F3_9B6E_2D84_E1F7_5A0B_93CC_6D29
_TESTS = (
    CallTest("f", (1,), expect=Returns(_SECRET)),
    CallTest("f", (1,), expect=Returns([_SECRET]), isolated=True),
    CallTest("f", (1,), expect=Satisfies("def sat(x, wanted): return type(x) is int and x == wanted", args=(_SECRET,))),
    CallTest("f", (1,), expect=Raises("ZeroDivisionError")),
    CodeTest(f"assert f(1) == {_SECRET}", "f"),
    CodeTest(f"got = list(map(f, [1, 2]))\nassert got == [{_SECRET}, {_SECRET + 1}]", "f"),
)
_LIMITS = Limits(cpu_seconds=0.25, wall_seconds=3.0, memory_mb=512, max_kills=9)
_HONEST = Candidate("def f(x): return x + 1")
_HONEST_TESTS = (
    CallTest("f", (1,), expect=Returns(2)),
    CallTest("f", (2,), expect=Returns(3), isolated=True),
    CodeTest("assert f(3) == 4", "f"),
)

_LIAR = """
class Liar:
    __hash__ = lambda s: 0
    def __eq__(s, o): return True
    def __ne__(s, o): return False
    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__
    def __sub__(s, o): return 0
    __rsub__ = __add__ = __radd__ = __mod__ = __sub__
    def __bool__(s): return True
    def __len__(s): return 2
    def __iter__(s): return iter([s, s])
    def __getitem__(s, i): return s
    __class__ = int
"""
_EVERYWHERE = """
import os
def everywhere(data):
    for fd in range(64):
        try: os.write(fd, data)
        except OSError: pass
"""
_PROGRAMS: dict[str, tuple[str, str]] = {
    "equal-object": ("an object that says it equals everything", _LIAR + "def f(x): return Liar()"),
    "equal-inside": ("such an object inside a list", _LIAR + "def f(x): return [Liar(), Liar()][:x]"),
    "equal-number": (
        "a subclass of int that says it equals everything",
        "class I(int):\n  __hash__ = int.__hash__\n  def __eq__(s, o): return True\n  def __ne__(s, o): return False\n"
        "  def __index__(s): return 0\ndef f(x): return I(7)",
    ),
    "exit": ("leaving with success", "import os\ndef f(x): print('PASS True 0 ok'); os._exit(0)"),
    "exit-at-load": ("leaving with success before it is called", "import os\nprint('PASS')\nos._exit(0)"),
    "exit-exceptions": (
        "exceptions that end a loop or a program",
        "kinds = [StopIteration, SystemExit, GeneratorExit, KeyboardInterrupt, StopAsyncIteration]\n"
        "def f(x): kinds.append(kinds.pop(0)); raise kinds[0](0)",
    ),
    "print": (
        "printing verdicts",
        "import json, sys\ndef f(x):\n  for out in (sys.stdout, sys.stderr, sys.__stdout__):\n    try:\n"
        "      print('PASS\\nOK\\n1 passed\\nTrue', file=out, flush=True)\n"
        "      print(json.dumps({'status': 'PASS', 'passed': True, 'ok': 1, 'result': 0}), file=out, flush=True)\n"
        "    except Exception: pass\n  return 0",
    ),
    "write-garbage": (
        "garbage on every descriptor",
        _EVERYWHERE + "def f(x): everywhere(b'\\xff' * 5000 + os.urandom(500)); return 0",
    ),
    "write-answers": (
        "plausible answers on every descriptor",
        _EVERYWHERE + "import json, marshal, pickle, struct\ndef f(x):\n"
        "  for answer in (True, 0, 'PASS', ('PASS', None), {'status': 'PASS'}, [0], None):\n"
        "    for body in (pickle.dumps(answer), marshal.dumps(answer, 2), "
        "json.dumps(answer).encode() + b'\\n'):\n      everywhere(body); "
        "everywhere(struct.pack('<I', len(body)) + body); everywhere(struct.pack('>I', len(body)) + body)\n  return 0",
    ),
    "close": ("closing every descriptor", "import os\ndef f(x): os.closerange(0, 256); return 0"),
    "patch": (
        "replacing what a harness may use to compare, encode and write",
        "import builtins, copy, json, marshal, operator, os, pickle, sys\n"
        "yes = lambda *a, **k: True\nfor module in (json, marshal, pickle):\n"
        "  for name in ('dumps', 'dump'): setattr(module, name, yes)\n"
        "operator.eq = operator.ne = operator.is_ = copy.deepcopy = yes\n"
        "builtins.isinstance = builtins.all = builtins.any = builtins.len = builtins.type = builtins.repr = yes\n"
        "builtins.AssertionError = builtins.Exception = builtins.BaseException = type('E', (ValueError,), {})\n"
        "sys.exit = os._exit = sys.settrace = yes\ndef f(x): return 0",
    ),
    "patch-judge": (
        "replacing parts of unriddle, where it can import them",
        "import importlib\nfor name in ('execute.judge', 'execute.compare', 'execute.row', 'language.values', "
        "'language.encode', 'verdicts', 'problem'):\n  try:\n    module = importlib.import_module('unriddle.' + name)\n"
        "    for key in ('equal', 'judge_value', 'encode', 'key', 'truth'):\n"
        "      if hasattr(module, key): setattr(module, key, lambda *a, **k: True)\n  except BaseException: pass\n"
        "def f(x): return 0",
    ),
    "search": (
        "looking for the expected value in memory, frames, arguments, environment and files",
        "import gc, os, re, sys\ndef texts():\n  yield from map(str, sys.argv)\n  yield from os.environ.values()\n"
        "  for name in (*os.listdir('.'), '/proc/self/cmdline', '/proc/self/environ', '/proc/self/fd/0'):\n    try:\n"
        "      with open(name, 'rb') as file: yield file.read(1 << 16).decode('latin-1')\n"
        "    except (OSError, ValueError): pass\n"
        "def f(x):\n  frame, stack, seen = sys._getframe(), gc.get_objects(), set()\n  while frame:\n"
        "    stack += [frame.f_locals, frame.f_globals, frame.f_code.co_consts]\n    frame = frame.f_back\n"
        "  while stack:\n    thing = stack.pop()\n"
        "    if type(thing) is int and thing.bit_length() == 128: return thing\n"
        "    if id(thing) in seen: continue\n    seen.add(id(thing))\n"
        "    if type(thing) in (list, tuple, set, frozenset): stack.extend(thing)\n"
        "    elif type(thing) is dict: stack.extend([*thing.keys(), *thing.values()])\n"
        "  for text in texts():\n    found = re.search(r'\\d{38,39}', text)\n    if found: return int(found.group())\n"
        "  return 0",
    ),
    "frames": (
        "changing its callers' variables",
        "import ctypes, sys\ndef f(x):\n  frame = sys._getframe().f_back\n  while frame:\n"
        "    for name, value in list(frame.f_locals.items()):\n"
        "      if type(value) is bool: frame.f_locals[name] = True\n"
        "      if type(value) is str and value in ('FAIL', 'V', 'E', 'ERROR'): frame.f_locals[name] = 'PASS'\n"
        "    try: ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))\n"
        "    except Exception: pass\n    frame = frame.f_back\n  return 0",
    ),
    "giant": (
        "results without end or bottom",
        "import itertools\nturn = itertools.count()\ndef f(x):\n  deep = []\n  for i in range(200_000): deep = [deep]\n"
        "  loop = []\n  loop.append(loop)\n"
        "  return [deep, loop, itertools.count(), range(10 ** 30), iter(int, 1)][next(turn) % 5]",
    ),
    "bad-exception": (
        "exceptions that cannot be shown",
        "class Bad(BaseException):\n  def __str__(s): raise s\n  __repr__ = __str__\n  args = property(__str__)\n"
        "  __traceback__ = __cause__ = property(lambda s: 1 / 0)\nBad.__name__ = 'ZeroDivisionError'\n"
        "def f(x): raise Bad()",
    ),
    "threads": (
        "threads that outlive the answer",
        "import threading, time\ndef busy():\n  while True: time.sleep(0.01)\ndef f(x):\n"
        "  for i in range(20):\n    try: threading.Thread(target=busy).start()\n    except RuntimeError: break\n"
        "  return 0",
    ),
    "deaf": (
        "ignoring every signal it may, without end",
        "import signal\nfor number in range(1, 65):\n  try: signal.signal(number, signal.SIG_IGN)\n"
        "  except (OSError, ValueError): pass\ndef f(x):\n  while True:\n    try:\n      while True: pass\n"
        "    except BaseException: pass",
    ),
    "stack": (
        "exhausting the stack",
        "import sys\nsys.setrecursionlimit(2 ** 31 - 1)\ndef f(x): return [f(x)] if x else 0",
    ),
    "parent": (
        "killing its parent (unless that is you)",
        "import os\ndef f(x):\n  try:\n    if os.getppid() != {pid}: os.kill(os.getppid(), 9)\n"
        "  except OSError: pass\n  return 0",
    ),
}  # fmt: skip


def _run(executor: Executor, source: str) -> Verdicts:
    """The verdicts on a hostile program, none of which may be a PASS; then an honest one must pass."""
    verdicts = executor.run([Candidate(source)], _TESTS, limits=_LIMITS)
    statuses = [Status(status).name for status in verdicts.status[0].tolist()]
    must(len(statuses) == len(_TESTS), f"{len(_TESTS)} statuses", statuses)
    must("PASS" not in statuses, "no PASS, since it has not got the value", statuses)
    must("INFRA" not in statuses, "a verdict on the program, not a failure of the executor", statuses)
    after = executor.run([_HONEST] * 3, _HONEST_TESTS)
    shown = [[Status(status).name for status in row] for row in after.status.tolist()]
    must(after.passed.all(), "an honest program to pass afterwards", shown)
    return verdicts


def _attack(source: str) -> Callable[[Make], None]:
    def check(make: Make) -> None:
        with make() as executor:
            _run(executor, source.replace("{pid}", str(os.getpid())))

    return check


def _caller(make: Make) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mine"
        file.write_text("mine")
        source = (
            "import builtins, math, os\nmath.pi, os.environ['UNRIDDLE_LEFT'] = 3, '1'\nbuiltins.unriddle_left = 1\n"
            f"def f(x):\n  for deed in (lambda: os.kill({os.getpid()}, 0), lambda: open({str(file)!r}, 'w').close(),\n"
            f"      lambda: os.unlink({str(file)!r}), lambda: os.chmod({folder!r}, 0o777)):\n    try: deed()\n"
            "    except OSError: continue\n    return 'reached'\n  return 'stopped'"
        )
        mode = os.stat(folder).st_mode
        with make() as executor:
            deed = executor.run([Candidate(source)], [CallTest("f", (1,))], limits=_LIMITS)[0, 0]
        must(deed.result != "reached", "no way to signal the caller or to change its files", deed.result)
        kept = file.exists() and file.read_text() == "mine" and os.stat(folder).st_mode == mode
        must(kept, "the caller's file to stay as it was", sorted(os.listdir(folder)))
    own = "UNRIDDLE_LEFT" in os.environ or "unriddle_left" in vars(__import__("builtins"))
    must(not own, "the caller's own modules and environment to stay as they were", "they were changed")


def _network(make: Make) -> None:
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", 0))
        except OSError as error:
            raise NotHere(f"no address to listen on: {error}") from error
        listener.listen()
        listener.setblocking(False)
        port = listener.getsockname()[1]
        source = (
            f"import socket\ndef f(x):\n  try: socket.create_connection(('127.0.0.1', {port}), 1).send(b'hello')\n"
            "  except OSError: return 0\n  return 'reached'"
        )
        with make() as executor:
            _run(executor, source)
        try:
            listener.accept()[0].close()
        except BlockingIOError:
            return
    must(False, "no connection to a socket of this machine", "the program connected")


def _processes(make: Make) -> None:
    if not Path("/proc/self/comm").exists():
        raise NotHere("there is no /proc here to look at")
    mark = f"ur-{os.urandom(5).hex()}"
    source = (
        f"import ctypes, os, time\ndef f(x):\n  for i in range(9):\n    if os.fork() == 0:\n"
        f"      try:\n        os.setsid()\n        if os.fork(): os._exit(0)\n"
        f"        ctypes.CDLL(None).prctl(15, {mark.encode()!r})\n        time.sleep(8)\n"
        "      finally: os._exit(0)\n  time.sleep(0.3)\n  return 0"
    )
    with make() as executor:
        _run(executor, source)
    end = time.monotonic() + 3
    while _named(mark) and time.monotonic() < end:
        time.sleep(0.05)
    left = _named(mark)
    must(not left, "no process that a program started to outlive the executor", f"{len(left)} of them")


def _named(mark: str) -> list[str]:
    found = []
    for comm in Path("/proc").glob("[0-9]*/comm"):
        try:
            if comm.read_text().strip() == mark:
                found.append(comm.parent.name)
        except OSError:
            continue
    return found


HOSTILE = (
    *(
        Property(f"hostile-{name}", f"never a PASS without the value: {meaning}", _attack(source), hostile=True)
        for name, (meaning, source) in _PROGRAMS.items()
    ),
    Property("hostile-caller", "a program changes neither files nor modules of its caller", _caller, hostile=True),
    Property("hostile-network", "a program reaches no socket of this machine", _network, hostile=True),
    Property("hostile-processes", "no process a program started outlives the executor", _processes, hostile=True),
)
