"""What a candidate tries against the machine: processes, kernel doors, files, secrets. All denied, nothing left."""

from __future__ import annotations

import ast
import os
import sys
import tempfile
from pathlib import Path

import pytest

from unriddle import CallTest, Candidate, Limits, Returns, Status
from unriddle.execute.isolation import zygote_config
from unriddle.execute.python import PythonExecutor

ONE = CallTest("f", (1,), expect=Returns(2))
SYSCALL = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *args):
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(a) if isinstance(a, int) else a for a in args))
    return [result, errno.errorcode.get(ctypes.get_errno(), "")]
"""
DENIED = {
    "fork": (57,), "vfork": (58,), "execve": (59, 0, 0, 0), "execveat": (322, -100, 0, 0, 0, 0),
    "clone": (56, 17, 0, 0, 0, 0), "clone newuser": (56, 0x10000000, 0, 0, 0, 0), "socket": (41, 2, 1, 0),
    "socketpair": (53, 1, 1, 0, 0), "connect": (42, 3, 0, 0), "ptrace": (101, 0, 0, 0, 0), "mount": (165, 0, 0, 0, 0,
    0),
    "umount2": (166, 0, 0), "unshare": (272, 0x10000000), "setns": (308, 0, 0), "keyctl": (250, 0, 0, 0, 0, 0),
    "add_key": (248, 0, 0, 0, 0, 0), "request_key": (249, 0, 0, 0, 0), "io_uring_setup": (425, 1, 0),
    "memfd_create": (319, 0, 0), "memfd_secret": (447, 0), "bpf": (321, 0, 0, 0), "perf_event_open": (298, 0, 0, -1,
    -1, 0),
    "userfaultfd": (323, 0), "process_vm_readv": (310, 1, 0, 0, 0, 0, 0), "process_vm_writev": (311, 1, 0, 0, 0, 0, 0),
    "pidfd_open": (434, 1, 0), "pidfd_getfd": (438, 0, 0, 0), "pidfd_send_signal": (424, 0, 9, 0, 0),
    "kill all": (62, -1, 9), "kill group": (62, 0, 9), "kill init": (62, 1, 9), "tkill init": (200, 1, 9),
    "tgkill init": (234, 1, 1, 9), "rt_sigqueueinfo": (129, 1, 9, 0), "setuid": (105, 0), "setresuid": (117, 0, 0, 0),
    "setgid": (106, 0), "setgroups": (116, 0, 0), "capset": (126, 0, 0), "chroot": (161, 0), "pivot_root": (155, 0, 0),
    "chown": (92, 0, 0, 0), "mknod": (133, 0, 0, 0), "setsid": (112,), "setpgid": (109, 0, 0), "setpriority": (141, 0,
    0, 0),
    "sched_setaffinity": (203, 0, 0, 0), "shmget": (29, 0, 4096, 0), "semget": (64, 0, 1, 0), "msgget": (68, 0, 0),
    "mq_open": (240, 0, 0, 0, 0), "inotify_init": (253,), "fanotify_init": (300, 0, 0), "signalfd": (282, -1, 0, 8),
    "timer_create": (222, 0, 0, 0), "reboot": (169, 0, 0, 0, 0), "sethostname": (170, 0, 0), "swapon": (167, 0, 0),
    "init_module": (175, 0, 0, 0), "kexec_load": (246, 0, 0, 0, 0), "open_by_handle_at": (304, 0, 0, 0),
    "name_to_handle_at": (303, 0, 0, 0, 0, 0), "seccomp": (317, 1, 0, 0), "prctl dumpable": (157, 4, 0, 0, 0, 0),
    "prctl seccomp": (157, 22, 2, 0, 0, 0), "personality": (135, 0x0040000), "ioperm": (173, 0, 1, 1), "iopl": (172, 3),
    "setrlimit": (160, 0, 0), "prlimit of another": (302, 1, 0, 0, 0), "acct": (163, 0), "quotactl": (179, 0, 0, 0, 0),
    "landlock": (444, 0, 0, 1), "fsopen": (430, 0, 0), "open_tree": (428, -100, 0, 1), "move_mount": (429, 0, 0, 0, 0,
    0),
    "openat2": (437, -100, 0, 0, 0), "syslog": (103, 3, 0, 0), "ioctl tiocsti": (16, 0, 0x5412, 0), "vhangup": (153,),
    "mbind": (237, 0, 0, 0, 0, 0, 0), "x32 getpid": (0x40000000 + 39,), "unknown": (9999,),
}  # fmt: skip


def test_system_calls_beyond_computing_are_denied(outcomes) -> None:
    source = SYSCALL + "def f(calls): return {name: call(*args) for name, args in calls.items()}"
    (cell,) = outcomes(source, CallTest("f", (DENIED,)), limits=Limits(cpu_seconds=3))
    assert cell.passed, cell.error
    assert {name: got for name, got in cell.result.items() if got != [-1, "EPERM"]} == {}


def test_clone3_makes_no_process(returned) -> None:
    result, why = returned(SYSCALL + "def f(x): return call(435, bytes(88), 88)", 1)
    assert (result, why) == (-1, "ENOSYS")


def test_the_32_bit_door_is_shut(outcomes) -> None:
    """``int 0x80`` enters with 32-bit numbers, where 2 is fork; the filter kills on a foreign architecture."""
    source = (
        "import ctypes, mmap\ndef f(x):\n"
        "  page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)\n"
        "  page.write(bytes.fromhex('b802000000cd80c3'))\n"
        "  address = ctypes.addressof(ctypes.c_char.from_buffer(page))\n"
        "  return ctypes.CFUNCTYPE(ctypes.c_int)(address)()\n"
    )
    (cell,) = outcomes(source, CallTest("f", (1,)))
    assert cell.status in (Status.FORBIDDEN, Status.CRASH) or (cell.passed and cell.result < 0), cell


@pytest.mark.parametrize(
    "deed",
    [
        "import os\n  return os.fork()",
        "import os\n  return os.spawnv(os.P_NOWAIT, '/bin/true', ['true'])",
        "import subprocess\n  return subprocess.run(['/bin/true']).returncode",
        "import multiprocessing\n  p = multiprocessing.Process(target=print); p.start()",
        "from concurrent.futures import ProcessPoolExecutor as P\n  return P(1).submit(int).result()",
        "import os\n  return os.system('true')",
        "import os\n  os.execv('/bin/true', ['true'])",
        "import os\n  os.setsid()",
        "import socket\n  socket.create_connection(('127.0.0.1', 22))",
        "import os\n  os.mkfifo('/lib/a')",
        "import os\n  os.killpg(0, 9)",
        "import os\n  os.kill(-1, 9)",
        "import os\n  os.kill(os.getppid(), 9)",
    ],
)
def test_ordinary_ways_out_fail_without_a_pass_and_spare_the_next_row(executor, deed) -> None:
    test = CallTest("f", (1,), expect=Returns(0))
    good = Candidate("def f(x): return 0")
    verdicts = executor.run([Candidate(f"def f(x):\n  {deed}"), good], [test], limits=Limits(cpu_seconds=1))
    assert verdicts[0, 0].status in (Status.FORBIDDEN, Status.ERROR, Status.FAIL, Status.CRASH, Status.TIMEOUT)
    assert verdicts[1, 0].passed


def test_nothing_is_left_running_after_threads_and_daemons(processes) -> None:
    source = (
        "import threading, signal, os\n"
        "for s in (signal.SIGTERM, signal.SIGXCPU, signal.SIGALRM, signal.SIGHUP): signal.signal(s, signal.SIG_IGN)\n"
        "def spin():\n  while True: pass\n"
        "def f(x):\n  for i in range(5): threading.Thread(target=spin, daemon=bool(i % 2)).start()\n  return 2\n"
    )
    before = processes.descendants()
    with PythonExecutor(workers=1) as executor:
        verdicts = executor.run([Candidate(source)], [ONE], limits=Limits(cpu_seconds=1, wall_seconds=10))
        during = processes.descendants() - before
        assert verdicts[0, 0].status in (Status.PASS, Status.TIMEOUT)
        assert len(during) == 2, "the zygote and its parent only; the candidate is gone"
    assert processes.descendants() <= before


def test_ignoring_signals_does_not_stop_the_limits(outcomes) -> None:
    source = (
        "import signal\nfor s in range(1, 32):\n  try: signal.signal(s, signal.SIG_IGN)\n  except Exception: pass\n"
        "def f(x):\n  while True:\n    try:\n      while True: pass\n    except BaseException: pass\n"
    )
    assert outcomes(source, ONE)[0].status is Status.TIMEOUT


def test_the_main_thread_may_end_and_the_rest_is_still_killed(outcomes) -> None:
    source = (
        SYSCALL + "import threading, time\ndef spin():\n  while True: time.sleep(1)\n"
        "def f(x):\n  threading.Thread(target=spin).start()\n  call(60, 0)\n"
    )
    (cell,) = outcomes(source, ONE, limits=Limits(cpu_seconds=1, wall_seconds=1.5))
    assert cell.status in (Status.TIMEOUT, Status.CRASH)


def test_more_threads_than_allowed_is_an_error_of_the_program(outcomes) -> None:
    source = (
        "import threading\ndef f(x):\n  stop = threading.Event()\n  n = 0\n  try:\n    while n < 5000:\n"
        "      threading.Thread(target=stop.wait, daemon=True).start(); n += 1\n"
        "  except RuntimeError: pass\n  finally: stop.set()\n  return n\n"
    )
    (cell,) = outcomes(source, CallTest("f", (1,)), limits=Limits(cpu_seconds=3))
    assert cell.passed, cell.error
    assert cell.result < 100


def test_a_signal_asked_for_by_descriptor_does_not_reach_the_zygote(executor) -> None:
    """F_SETOWN with O_ASYNC sends a signal of one's choice to a process of one's choice."""
    source = (
        "import fcntl, os, time\ndef f(x):\n  for signal in (9, 15, 10):\n    r, w = os.pipe()\n"
        "    fcntl.fcntl(r, 8, 1); fcntl.fcntl(r, 10, signal)\n"
        "    fcntl.fcntl(r, fcntl.F_SETFL, fcntl.fcntl(r, fcntl.F_GETFL) | 0o20000)\n    os.write(w, b'x')\n"
        "  time.sleep(0.1)\n  return 2\n"
    )
    rows = [Candidate(source), Candidate("def f(x): return 2")]
    verdicts = executor.run(rows, [ONE, ONE], limits=Limits(cpu_seconds=1))
    assert verdicts.passed[1].all()
    assert verdicts.known.all()


SECRET_NAME, SECRET = "UNRIDDLE_TEST_SECRET", "planted-4711-secret"


def test_no_file_of_the_host_can_be_read(executor, tmp_path, returned) -> None:
    planted = tmp_path / "planted.txt"
    planted.write_text(SECRET)
    repository = Path(__file__).resolve()
    paths = ["/etc/passwd", "/etc/shadow", "/etc/hostname", "/proc/self/environ", "/proc/1/environ", "/proc/mounts",
             "/sys/kernel", "/root", "/home", "/var", "/run", "/dev/shm", "/dev/mem", "/dev/tty", "/boot", "/mnt",
             str(Path.home()), str(planted), str(repository), str(repository.parents[2] / "pyproject.toml"),
             "/proc/self/fd/0", "/dev/fd/3", "/usr/bin", "/bin/sh", "/sbin"]  # fmt: skip
    source = (
        "import os\ndef f(paths):\n  seen = []\n  for path in paths:\n"
        "    for look in (os.listdir, open, os.readlink):\n"
        "      try: seen.append([path, str(look(path))])\n      except OSError: pass\n  return seen\n"
    )
    on_the_way = {part for path in (os.__file__, sys.executable) for part in Path(os.path.realpath(path)).parts}
    seen = [(path, text) for path, text in returned(source, paths) if not _is_way(text, on_the_way)]
    assert seen == []


def _is_way(text: str, on_the_way: set[str]) -> bool:
    """Whether it is a listing of nothing but folders on the way to the interpreter's own library."""
    try:
        return set(ast.literal_eval(text)) <= on_the_way
    except (ValueError, SyntaxError, TypeError):
        return False


def test_the_root_holds_libraries_devices_and_scratch_only(returned) -> None:
    config = zygote_config("namespaces+seccomp", packages=("numpy",), scratch_mb=1, scratch="")
    granted = [*config["readable"], "/dev", "/scratch", "/tmp"]
    source = (
        "import os\ndef f(granted):\n  strange, todo = [], ['/']\n"
        "  while todo:\n    folder = todo.pop()\n"
        "    for name in os.listdir(folder):\n      path = os.path.join(folder, name)\n"
        "      if any(path == g or path.startswith(g + '/') for g in granted): continue\n"
        "      if any(g.startswith(path + '/') for g in granted): todo.append(path)\n"
        "      else: strange.append(path)\n  return strange\n"
    )
    assert returned(source, granted) == []
    home = {str(Path.home()), tempfile.gettempdir(), str(Path(__file__).resolve().parents[2])}
    assert not home & set(config["readable"])
    assert returned("import os\ndef f(x): return sorted(os.listdir('/dev'))", 1) == [
        "null",
        "random",
        "urandom",
        "zero",
    ]
    assert returned("import os\ndef f(x): return sorted(os.listdir('/etc'))", 1) in ([], ["ld.so.cache"])


def test_secrets_of_the_environment_stay_outside(monkeypatch) -> None:
    monkeypatch.setenv(SECRET_NAME, SECRET)
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    source = (
        "import os, sys\ndef f(x):\n"
        "  return repr(dict(os.environ)) + repr(sys.orig_argv) + repr(sys.argv) + repr(sorted(os.environb))\n"
    )
    with PythonExecutor(workers=1) as executor:
        cell = executor.run([Candidate(source)], [CallTest("f", (1,))])[0, 0]
    assert cell.passed
    assert SECRET not in cell.result
    assert "KEY" not in cell.result
    assert SECRET_NAME not in cell.result


def test_nothing_outside_scratch_can_be_written(returned) -> None:
    source = (
        "import os, sys\ndef f(x):\n  done = []\n"
        "  for folder in ['/', '/lib', '/usr/lib', '/dev', '/etc', *sys.path, os.path.dirname(os.__file__)]:\n"
        "    for deed in (lambda p: open(p, 'w'), os.mkdir, lambda p: os.symlink('/', p),\n"
        "                 lambda p: os.link(os.__file__, p)):\n"
        "      try: deed(folder + '/unriddle-probe'); done.append(folder)\n      except OSError: pass\n"
        "  for deed in (os.unlink, lambda p: os.chmod(p, 0o777), lambda p: os.rename(p, p + '2'),\n"
        "               lambda p: os.truncate(p, 0)):\n"
        "    try: deed(os.__file__); done.append('os.py')\n    except OSError: pass\n  return done\n"
    )
    assert returned(source, 1) in ([], ["/scratch"])


def test_no_identity_and_no_network(returned) -> None:
    ids = "os.getuid(), os.geteuid(), os.getgid(), os.getgroups(), os.getpid(), os.getppid()"
    source = f"import os\ndef f(x): return [{ids}]"
    uid, euid, gid, groups, pid, parent = returned(source, 1)
    assert uid == euid
    if os.geteuid() == 0:
        assert min(uid, gid) > 0x10000000
        assert groups == []
    assert parent == 1
    assert 1 < pid < 10_000


@pytest.mark.parametrize("size_mb", [200])
def test_the_scratch_folder_is_bounded(returned, size_mb) -> None:
    source = (
        "def f(mb):\n  wrote = 0\n  for i in range(mb):\n    try:\n"
        "      with open(f'a{i}', 'wb') as file: wrote += file.write(bytes(1 << 20))\n"
        "    except OSError: break\n  return wrote >> 20\n"
    )
    assert 20 <= returned(source, size_mb, limits=Limits(cpu_seconds=3, scratch_mb=32)) <= 33
