"""The adversarial suite at both isolation levels: right statuses, unharmed neighbours, and nothing left behind."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from unriddle import CallTest, Candidate, CodeTest, Limits, Returns, Status
from unriddle.errors import BadInput, IsolationError
from unriddle.execute.inside import landlock, seccomp
from unriddle.execute.isolation import Level
from unriddle.execute.python import PythonExecutor


def _load_by_path(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("hostile.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


hostile = _load_by_path("hostile_programs")
PROGRAMS = hostile.load_hostile()
LEVELS: tuple[Level, ...] = ("namespaces+seccomp", "rlimits only")
# No answer is 0 or 1 (True and False are numbers too), and none is an argument of another call.
ANSWERS = {(2, 3): 5, (10, -4): 6, (-7, 3000): 2993, (123456789, 987654): 124444443}
CALLS = [CallTest("add", pair, expect=Returns(answer)) for pair, answer in ANSWERS.items()]
ALONE = [CallTest("add", pair, expect=Returns(answer), isolated=True) for pair, answer in ANSWERS.items()]
DRIVER = CodeTest(
    """
SECRET = 730284519
def pairs():
    yield 2, 3, 5
    yield -7, 3000, 2993
    yield SECRET, -SECRET + 41, 41
def check_all(add):
    for x, y, wanted in pairs():
        assert add(x, y) == wanted, (x, y)
assert candidate(2, 3) == 5
check_all(candidate)
""",
    "add",
)
NEIGHBOUR = """
import builtins, gc, json, marshal, os, random, struct, sys, threading, time
def add(x, y):
    return x + y
def surroundings():
    return [
        os.listdir("."), len([1, 2]), isinstance(1, str), json.loads("[1]"), marshal.loads(marshal.dumps(7, 2)),
        struct.unpack("<I", struct.pack("<I", 9))[0], time.time() > 1e9, threading.active_count(), gc.callbacks,
        hasattr(sys, "remembered"), hasattr(builtins, "remembered"), sys.gettrace() is None, sys.getprofile() is None,
        os.environ.get("REMEMBERED"), False == 1, random.Random(0).random() != random.random(), 3 + 2,
    ]
"""
UNTOUCHED = [[], 2, False, [1], 7, 9, True, 1, [], False, False, True, True, None, False, False, 5]
NEIGHBOUR_TESTS = [*CALLS, CallTest("surroundings", expect=Returns(UNTOUCHED))]
UNHURRIED = Limits(cpu_seconds=5.0, wall_seconds=60.0)


@dataclass(frozen=True, slots=True)
class Canaries:
    """What no program may reach: listeners on this machine, and a folder with a file."""

    tcp: socket.socket
    udp: socket.socket
    unix: socket.socket
    folder: Path
    before: list[tuple[str, int, int, bytes]]

    def aimed(self, program):
        """The program, aimed at these."""
        port, name = self.tcp.getsockname()[1], self.unix.getsockname()[1:].decode()
        return hostile.aim(program, port=port, socket_name=name, file=self.folder / "file")

    def touched(self) -> list[str]:
        """What has been reached since."""
        found = []
        for name, listen in (("tcp", self.tcp.accept), ("udp", lambda: self.udp.recv(99)), ("unix", self.unix.accept)):
            try:
                listen()
                found.append(name)
            except BlockingIOError:
                pass
        return found + (["folder"] if snapshot(self.folder) != self.before else [])


def snapshot(folder: Path) -> list[tuple[str, int, int, bytes]]:
    """Everything below a folder: names, modes, times of change, contents."""
    found = []
    for path in sorted([folder, *folder.rglob("*")]):
        state = path.lstat()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        found.append((str(path), state.st_mode, state.st_mtime_ns, content))
    return found


@pytest.fixture(scope="module")
def canaries(tmp_path_factory) -> Iterator[Canaries]:
    folder = tmp_path_factory.mktemp("canary")
    (folder / "file").write_text("the canary sings")
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp, socket.socket(socket.AF_UNIX) as unix:
        tcp.bind(("127.0.0.1", 0))
        udp.bind(tcp.getsockname())
        unix.bind(f"\0unriddle-canary-{os.getpid()}")
        for listener in (tcp, udp, unix):
            listener.setblocking(False)
        tcp.listen()
        unix.listen()
        yield Canaries(tcp, udp, unix, folder, snapshot(folder))


@dataclass(frozen=True, slots=True)
class Room:
    """A running executor with one worker, and what belonged to it before any hostile program ran."""

    level: Level
    executor: PythonExecutor
    scratch: Path
    processes: ModuleType
    n_processes: int
    n_descriptors: int

    def left_over(self) -> list[str]:
        """Processes and descriptors beyond those of the start, and files in the host's temporary folder."""
        found = []
        if (n := len(self.processes.descendants())) > self.n_processes:
            found.append(f"{n} processes instead of {self.n_processes}")
        if (n := self.processes.descriptors()) > self.n_descriptors:
            found.append(f"{n} descriptors instead of {self.n_descriptors}")
        return found + [str(path) for path in self.scratch.glob("*/*")]


def _adopt_orphans(*, on: bool) -> None:
    """Whether processes whose parent ended become children of this one, where ``descendants`` finds them."""
    set_child_subreaper = 36
    assert ctypes.CDLL(None).prctl(set_child_subreaper, int(on), 0, 0, 0) == 0


@pytest.fixture(scope="module", params=LEVELS)
def room(request, canaries, tmp_path_factory, processes) -> Iterator[Room]:
    if not seccomp.supported():
        pytest.skip("the programs are for x86-64, where there is a system call filter")
    patch = pytest.MonkeyPatch()
    scratch = tmp_path_factory.mktemp("scratch")
    patch.setattr(tempfile, "tempdir", str(scratch))
    patch.setenv("UNRIDDLE_CANARY", "unriddle CANARY of the environment")
    _adopt_orphans(on=True)
    try:
        with PythonExecutor(workers=1, isolation=request.param) as executor:
            for source in (NEIGHBOUR, NEIGHBOUR + "import numpy"):
                assert executor.run([Candidate(source)], [*NEIGHBOUR_TESTS, DRIVER], limits=UNHURRIED).passed.all()
            n_processes = len(processes.descendants())
            yield Room(request.param, executor, scratch, processes, n_processes, processes.descriptors())
    except IsolationError as error:
        pytest.skip(f"not to be had on this machine: {error}")
    finally:
        _adopt_orphans(on=False)
        patch.undo()


def _statuses(room: Room, source: str, tests: list, limits: Limits) -> list[Status]:
    verdicts = room.executor.run([Candidate(source)], tests, limits=limits)
    return [Status(status) for status in verdicts.status[0].tolist()]


def _neighbour_passes(room: Room, program) -> bool:
    """An honest program in the same sandbox, which is another one for programs that name numpy."""
    source = NEIGHBOUR + ("# numpy" if "numpy" in program.source else "")
    verdicts = room.executor.run([Candidate(source)], NEIGHBOUR_TESTS, limits=UNHURRIED)
    return bool(verdicts.passed.all())


def _wait_until_nothing_is_left(room: Room) -> list[str]:
    end = time.monotonic() + 5
    while (left := room.left_over()) and time.monotonic() < end:
        time.sleep(0.02)
    return left


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_hostile_program_gets_its_right_status_and_leaves_nothing(room, canaries, program) -> None:
    right = program.right if room.level == "namespaces+seccomp" else program.rlimits
    if not right:
        pytest.skip(f"not run at this level: {program.why_not}")
    if room.level == "rlimits only" and program.family in ("reading", "escape") and not landlock.supported():
        pytest.skip("without Landlock in the kernel this level leaves files open")
    aimed = canaries.aimed(program)
    assert _neighbour_passes(room, program), "before"
    cells = _statuses(room, aimed.source, ALONE if program.isolated else CALLS, program.limits)
    (driven,) = _statuses(room, aimed.source, [DRIVER], program.limits)
    assert _neighbour_passes(room, program), "after"
    n_killed = sum(status in (Status.CRASH, Status.TIMEOUT, Status.MEMORY, Status.FORBIDDEN) for status in cells)
    ran = [status for status in cells if status is not Status.SKIPPED]
    assert set(ran) <= set(right), [status.name for status in cells]
    assert len(ran) == len(cells) or n_killed >= program.limits.max_kills
    assert driven.known
    assert (driven is Status.PASS) == (right == (Status.PASS,)), driven.name
    assert canaries.touched() == []
    assert _wait_until_nothing_is_left(room) == []


def test_every_family_is_there_and_each_property_once() -> None:
    assert {program.family for program in PROGRAMS} == set(hostile.FAMILIES)
    assert len(PROGRAMS) >= 110
    properties = [program.property for program in PROGRAMS]
    assert {text for text in properties if properties.count(text) > 1} == set()
    assert all(Status.PASS not in program.right for program in PROGRAMS if program.family != "control")


def test_canaries_notice_what_reaches_them(canaries) -> None:
    with socket.create_connection(canaries.tcp.getsockname()):
        assert canaries.touched() == ["tcp"]
    path = canaries.folder / "new"
    path.touch()
    assert canaries.touched() == ["folder"]
    path.unlink()
    os.utime(canaries.folder, ns=(0, canaries.before[0][2]))
    assert canaries.touched() == []


def test_programs_are_aimed_at_other_canaries() -> None:
    by_name = {program.name: program for program in PROGRAMS}
    for name, text in (("escape_tcp", '"127.0.0.1", 99'), ("escape_unix_socket", '"\\0other"'),
                       ("escape_write_file", '"/elsewhere/f"')):  # fmt: skip
        aimed = hostile.aim(by_name[name], port=99, socket_name="other", file=Path("/elsewhere/f"))
        assert text in aimed.source
        assert aimed.source != by_name[name].source


HEADER = {"property": "a lie", "family": "lies", "right": "FAIL"}


def _written(folder: Path, name: str = "lies_a", **changes: str) -> Path:
    lines = [f"# {key}: {value}" for key, value in {**HEADER, **changes}.items() if value]
    (folder / f"{name}.py").write_text("\n".join(lines) + "\n\n# free: text\ndef add(x, y): pass\n")
    return folder


def test_a_header_is_read(tmp_path) -> None:
    changes = {"right": "FAIL CRASH", "rlimits": "ERROR", "limits": "cpu_seconds=1 memory_mb=99", "isolated": "yes"}
    (program,) = hostile.load_hostile(_written(tmp_path, **changes))
    assert (program.name, program.property, program.family) == ("lies_a", "a lie", "lies")
    assert (program.right, program.rlimits) == ((Status.FAIL, Status.CRASH), (Status.ERROR,))
    assert (program.limits.cpu_seconds, program.limits.memory_mb, program.isolated) == (1.0, 99, True)
    assert program.source.endswith("def add(x, y): pass\n")
    (program,) = hostile.load_hostile(_written(tmp_path, rlimits="- files are readable"))
    assert (program.rlimits, program.why_not) == ((), "files are readable")
    (program,) = hostile.load_hostile(_written(tmp_path))
    assert (program.rlimits, program.isolated) == ((Status.FAIL,), False)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"property": ""}, "no 'property'"),
        ({"right": ""}, "no 'right'"),
        ({"family": "jokes"}, "'jokes'"),
        ({"family": "exits"}, "begin with it"),
        ({"right": "FAIL WRONG"}, "'WRONG'"),
        ({"right": "SKIPPED"}, "'SKIPPED'"),
        ({"rlimits": "-"}, "without a reason"),
        ({"limits": "seconds=3"}, "'seconds=3'"),
        ({"limits": "cpu_seconds=fast"}, "expected name=number"),
        ({"limits": "cpu_seconds=0"}, "more than 0"),
        ({"isolated": "no"}, "leave the line out"),
        ({"colour": "red"}, "# colour: red"),
    ],
)
def test_a_bad_header_is_told(tmp_path, changes, says) -> None:
    with pytest.raises(BadInput, match=says) as caught:
        hostile.load_hostile(_written(tmp_path, **changes))
    assert "\n" not in str(caught.value)


def test_a_control_must_pass_and_an_empty_folder_is_told(tmp_path) -> None:
    with pytest.raises(BadInput, match="found none"):
        hostile.load_hostile(tmp_path)
    with pytest.raises(BadInput, match="exactly PASS"):
        hostile.load_hostile(_written(tmp_path, "control_a", family="control"))


def test_the_loader_needs_no_entry_in_sys_modules() -> None:
    module = _load_by_path("another_name")
    assert "another_name" not in sys.modules
    assert len(module.load_hostile()) == len(PROGRAMS)
