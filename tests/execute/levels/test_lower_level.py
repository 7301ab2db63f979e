"""The level without namespaces, for real: files and processes are closed to programs as far as the kernel helps."""

from __future__ import annotations

import json
import os
import tempfile
from errno import ENOSYS

import pytest

UNSHARE, MOUNT, MOUNT_SETATTR, LANDLOCK = 272, 165, 442, 444
FULL, LOW = "namespaces+seccomp", "rlimits only"

ATTACKS = """
import ctypes, os, signal, socket
from pathlib import Path
def attempt(what):
    try:
        return repr(what())[:60]
    except OSError as error:
        return type(error).__name__
def f(given):
    judge, secret, target = given
    libc = ctypes.CDLL(None, use_errno=True)
    def call(number, *args):
        if libc.syscall(number, *args) == -1:
            raise OSError(ctypes.get_errno(), "refused")
    parent = os.getppid()
    return {name: attempt(what) for name, what in {
        "read a file": lambda: Path(secret).read_text(),
        "read a file of the system": lambda: Path("/etc/passwd").read_text(),
        "list a folder": lambda: os.listdir(os.path.dirname(secret)),
        "environment of the judge": lambda: Path(f"/proc/{judge}/environ").read_bytes(),
        "memory of the judge": lambda: open(f"/proc/{judge}/mem", "rb"),
        "memory of the judge, to write": lambda: open(f"/proc/{judge}/mem", "r+b"),
        "memory of the zygote, to write": lambda: open(f"/proc/{parent}/mem", "r+b"),
        "environment of the zygote": lambda: Path(f"/proc/{parent}/environ").read_bytes(),
        "write a file": lambda: open(target, "w"),
        "empty a file": lambda: os.truncate(target, 0),
        "empty a file it opens to read": lambda: os.open(target, os.O_RDONLY | os.O_TRUNC),
        "empty a file it opens for neither": lambda: os.open(target, 3 | os.O_TRUNC),
        "unlink": lambda: os.unlink(target),
        "rename": lambda: os.rename(target, target + "2"),
        "link": lambda: os.link(target, "link"),
        "mode": lambda: os.chmod(target, 0o777),
        "kill the judge": lambda: os.kill(judge, signal.SIGTERM),
        "kill everybody": lambda: os.kill(-1, signal.SIGTERM),
        "trace the judge": lambda: call(101, 16, judge, 0, 0),
        "read the judge's memory by call": lambda: call(310, judge, 0, 0, 0, 0, 0),
        "tcp": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
        "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "unix": lambda: socket.socket(socket.AF_UNIX),
        "fork": os.fork, "setsid": os.setsid, "shared memory": lambda: call(29, 0, 4096, 0o1600),
        "shared folder": lambda: open("/dev/shm/left", "w"),
        "limits of the judge": lambda: call(302, judge, 7, 0, 0),
        "priority of others": lambda: os.setpriority(os.PRIO_USER, os.getuid(), 19),
    }.items()}
"""
ATTACK_RUN = """
import json, os, sys, tempfile
from unriddle import CallTest, Candidate
from unriddle.execute import open_executor
with tempfile.TemporaryDirectory() as home:
    secret, target = f"{home}/secret", f"{home}/target"
    open(secret, "w").write("key"); open(target, "w").write("kept"); os.chmod(secret, 0o600)
    with open_executor(workers=1, isolation="rlimits") as executor:
        cell = executor.run([Candidate(sys.argv[1])], [CallTest("f", ((os.getpid(), secret, target),))])[0, 0]
    kept = sorted(os.listdir(home)), open(target).read(), oct(os.stat(target).st_mode)
    print(json.dumps([cell.status.name, cell.result, cell.error, kept, os.path.exists("/dev/shm/left")]))
"""
ORDINARY = """
import os, tempfile
def f(x):
    import json, statistics, sqlite3, zoneinfo, unittest
    with open("a", "w") as file: file.write("abc")
    os.mkdir("d"); os.rename("a", "d/b"); os.truncate("d/b", 2)
    with tempfile.TemporaryFile() as file: file.write(b"x")
    with open("/dev/null", "r+b") as null: null.write(b"x")
    return open("d/b").read(), len(os.urandom(3)), zoneinfo.ZoneInfo("Europe/Paris").key
"""


def _attack(place, **how: object) -> tuple[dict[str, str], list[object]]:
    status, result, error, kept, left = json.loads(place.run(ATTACK_RUN, ATTACKS, **how).partition(" ")[2])
    assert status == "PASS", error
    assert not left
    return {name: got for name, got in result.items() if not got.endswith("Error")}, kept


@pytest.mark.parametrize("root", [False, True], ids=["an ordinary user", "root"])
def test_the_lower_level_keeps_programs_from_your_files_and_processes(place, root: bool) -> None:
    if not _landlock():
        pytest.skip("no Landlock in this kernel")
    got, kept = _attack(place, root=root)
    assert got == {}
    assert kept == [["secret", "target"], "kept", "0o100644"]


def test_the_lower_level_leaves_ordinary_programs_alone(place) -> None:
    got = place.judge("rlimits", [ORDINARY, "import numpy\ndef f(x): return float(numpy.ones(3).sum())"], [1, 2])
    assert [cell[0] for row in got["cells"] for cell in row][:1] == ["PASS"], got["cells"]
    assert got["cells"][0][0][1][:3] == ["ab", 3, "Europe/Paris"]
    assert got["cells"][1][0][1] == 3.0


def test_the_lower_level_without_landlock_writes_nowhere_and_keeps_the_judge_closed(place) -> None:
    got, kept = _attack(place, deny={LANDLOCK: ENOSYS})
    assert sorted(got) == ["list a folder", "read a file", "read a file of the system"]
    assert kept == [["secret", "target"], "kept", "0o100644"]


def test_the_lower_level_without_landlock_is_refused_to_root(place) -> None:
    text = place.judge("rlimits", ["def f(x): return x"], [1], root=True, deny={LANDLOCK: ENOSYS})["refused"]
    assert "landlock" in text.lower()
    assert "ordinary user" in text


PATHS = """
import json, os, sys
from unriddle.execute.inside import paths
def attempt(what):
    try:
        what()
    except OSError as error:
        return type(error).__name__
    return ""
os.chdir(sys.argv[2])
for name in "abcdefgh":
    open(name, "w").write("text")
paths.refuse_unguarded(int(sys.argv[1]))
print(json.dumps({name: attempt(what) for name, what in {
    "read": lambda: open("a").read(), "list": lambda: os.listdir("."), "write": lambda: open("b", "w").close(),
    "make": lambda: open("new", "x").close(), "update": lambda: open("c", "r+").close(),
    "truncate": lambda: os.truncate("d", 0), "read and empty": lambda: os.open("e", os.O_RDONLY | os.O_TRUNC),
    "neither and empty": lambda: os.open("f", 3 | os.O_TRUNC), "mkdir": lambda: os.mkdir("dir"),
    "rename": lambda: os.rename("g", "i"), "unlink": lambda: os.unlink("h"), "nameless": lambda: os.open(
        ".", os.O_TMPFILE | os.O_WRONLY),
}.items()}))
"""


@pytest.mark.parametrize(
    ("version", "refused"),
    [
        (3, []),
        (2, ["neither and empty", "read and empty", "truncate"]),
        (1, ["neither and empty", "read and empty", "truncate"]),
        (0, ["make", "mkdir", "nameless", "neither and empty", "read and empty", "rename", "truncate", "unlink",
             "update", "write"]),
    ],
)  # fmt: skip
def test_what_an_old_landlock_leaves_open_is_refused(
    place, tmp_path_factory: pytest.TempPathFactory, version: int, refused: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        got = json.loads(place.run(PATHS, str(version), folder).partition(" ")[2])
    assert sorted(name for name, error in got.items() if error) == refused
    assert {error for error in got.values() if error} <= {"PermissionError"}


def test_benchmark_answers_beside_the_standard_library_cannot_be_read(place) -> None:
    """Packages that were not asked for hold data, among them the answers of benchmarks."""
    if not _landlock():
        pytest.skip("no Landlock in this kernel")
    source = (
        "import os\ndef f(root):\n  found = []\n  for folder, _, names in os.walk(root):\n    for name in names[:3]:\n"
        "      try: found.append(open(f'{folder}/{name}', 'rb').read(1) and folder)\n      except OSError: pass\n"
        "  return [name for name in found if 'dist-packages' in name or 'site-packages' in name]"
    )
    got = place.judge("rlimits", [source], ["/usr/lib/python3"])
    assert got["cells"][0][0][:2] == ["PASS", []]


def _landlock() -> int:
    from unriddle.execute.inside import landlock

    return landlock.supported()
