"""Process 1 of one confined run: starts a checker as an ordinary user, watches it, and says what it saw.

Run by ``confine.py`` inside bubblewrap, never by hand. One JSON job comes on stdin, one JSON report leaves on stdout.
The checker and the hostile program it runs belong to another user id and another user namespace, and process 1 cannot
be signalled from inside its own pid namespace: so neither can stop the watching. When this process ends, the kernel
kills whatever is left.

What is seen: the verdict (or that there is none), processes still alive after it, files outside temporary folders,
connections to a listener on the loopback, bytes that reached the checker's own stdout and stderr. What is not seen:
files that were read, and system calls without a lasting effect.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

WRITABLE = ("/tmp", "/var/tmp", "/home/user", "/dev/shm")
VERDICTS = "/verdict"
MEMORY_BYTES = 3 << 30
LIMITS = (
    (resource.RLIMIT_AS, MEMORY_BYTES),
    (resource.RLIMIT_CPU, 30),
    (resource.RLIMIT_FSIZE, 64 << 20),
    (resource.RLIMIT_NPROC, 200),
    (resource.RLIMIT_NOFILE, 1024),
    (resource.RLIMIT_CORE, 0),
)
SETTLE_SECONDS = 1.0
_NEWUSER, _PR_SET_DUMPABLE = 0x10000000, 4


def main() -> int:
    job = json.loads(sys.stdin.readline())
    listeners = canaries(job["canaries"], job["uid"])
    before = files()
    output, theirs = os.pipe()
    adapter = start(job, theirs)
    os.close(theirs)
    watch = Watch(adapter, Path(VERDICTS, job["nonce"]), output, listeners)
    why = watch.until_verdict(job["wall_seconds"])
    report: dict[str, Any] = {
        "verdict": watch.verdict(),
        "ended": why,
        "adapter_exit": watch.exit,
        "seconds": round(time.monotonic() - watch.began, 2),
    }
    watch.settle(SETTLE_SECONDS, (report["verdict"] or {}).get("left_before", 0))
    report |= {
        "left": len(others(adapter)),
        "wrote": changed(before, files())[:20],
        "connections": watch.connections,
        "output_bytes": watch.output_bytes,
        "output_tail": watch.output_tail.decode(errors="replace"),
    }
    print(json.dumps(report), flush=True)
    return 0


class Watch:
    """What is seen of one checker while it runs."""

    def __init__(self, adapter: int, verdict: Path, output: int, listeners: list[socket.socket]) -> None:
        self.adapter, self.path, self.output, self.listeners = adapter, verdict, output, listeners
        self.began = time.monotonic()
        self.exit: int | None = None
        self.connections = self.output_bytes = 0
        self.output_tail = b""

    def until_verdict(self, wall_seconds: float) -> str:
        """Why the watching ended: ``verdict``, ``exit`` (of the checker, without one), ``wall`` or ``memory``."""
        while True:
            self.step()
            if self.path.exists():
                return "verdict"
            if self.exit is not None:
                return "verdict" if self.path.exists() else "exit"
            if time.monotonic() - self.began > wall_seconds:
                return "wall"
            if memory_bytes() > 2 * MEMORY_BYTES:
                return "memory"

    def settle(self, seconds: float, usual: int) -> None:
        """Watch on until no more than the usual processes are left, or until what was about to end has ended."""
        until = time.monotonic() + seconds
        self.step()
        while time.monotonic() < until and len(others(self.adapter)) > usual:
            self.step()

    def step(self) -> None:
        listeners = {listener.fileno(): listener for listener in self.listeners}
        ready, _, _ = select.select([self.output, *listeners], [], [], 0.02)
        for source in ready:
            if source == self.output:
                text = os.read(self.output, 1 << 20)
                self.output_bytes += len(text)
                self.output_tail = (self.output_tail + text)[-300:]
                if not text:
                    time.sleep(0.02)
            else:
                touch(listeners[source])
                self.connections += 1
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self.adapter:
                self.exit = os.waitstatus_to_exitcode(status)

    def verdict(self) -> dict[str, Any] | None:
        try:
            found = json.loads(self.path.read_text())
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None


def canaries(where: dict[str, Any], uid: int) -> list[socket.socket]:
    """Listeners and a file, the checker's own, that no honest program meets; the listeners."""
    file = Path(where["file"])
    file.parent.mkdir(parents=True)
    file.write_text("the canary sings")
    if os.getuid() == 0:
        os.chown(file.parent, uid, uid)
        os.chown(file, uid, uid)
    tcp = socket.create_server(("127.0.0.1", where["port"]))
    udp = socket.socket(type=socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", where["port"]))
    unix = socket.socket(socket.AF_UNIX)
    unix.bind("\0" + where["socket"])
    unix.listen()
    return [tcp, udp, unix]


def touch(listener: socket.socket) -> None:
    """Take what arrived, so that the next arrival is seen too."""
    if listener.type == socket.SOCK_DGRAM:
        listener.recv(1 << 16)
    else:
        listener.accept()[0].close()


def files() -> dict[str, int]:
    """When each file below the writable folders changed last, but for those in temporary folders of a checker."""
    found = {}
    for top in WRITABLE:
        for folder, _, names in os.walk(top):
            parts = Path(folder).relative_to(top).parts
            if not any(part.startswith(("tmp", "pymp-")) for part in parts):
                for path in (os.path.join(folder, name) for name in names):
                    try:
                        found[path] = os.lstat(path).st_ctime_ns
                    except OSError:
                        continue
    return found


def changed(before: dict[str, int], after: dict[str, int]) -> list[str]:
    """Files that are new, gone or different."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def others(adapter: int) -> list[int]:
    """Living processes of this pid namespace, but for this one and the checker."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) not in (1, adapter):
            try:
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if state not in "ZX":
                found.append(int(entry.name))
    return found


def memory_bytes() -> int:
    """Resident memory of everything here, shared pages counted once per process."""
    total = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                total += int((entry / "statm").read_text().split()[1])
            except OSError:
                continue
    return total * os.sysconf("SC_PAGE_SIZE")


def start(job: dict[str, Any], output: int) -> int:
    """The checker's process id; it reads its own part of the job from stdin, so that no file holds it."""
    text = os.memfd_create("job", os.MFD_CLOEXEC)
    os.write(text, json.dumps({**job["check"], "verdict": f"{VERDICTS}/{job['nonce']}"}).encode())
    os.lseek(text, 0, os.SEEK_SET)
    pid = os.fork()
    if pid:
        os.close(text)
        return pid
    try:
        os.setsid()
        for here, there in ((text, 0), (output, 1), (output, 2)):
            os.dup2(here, there)
        os.closerange(3, 256)
        become_nobody(job["uid"])
        for which, most in LIMITS:
            resource.setrlimit(which, (most, most))
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.chdir("/home/user")
        os.execve(job["command"][0], job["command"], job["environment"])
    except OSError as error:
        os.write(2, f"the checker could not be started: {error}".encode())
    finally:
        os._exit(127)


def become_nobody(uid: int) -> None:
    """Another user id (where we may), in a user namespace without any right over the others."""
    libc = ctypes.CDLL(None, use_errno=True)
    outer = os.getuid()
    if Path("/proc/self/uid_map").read_text().split()[2] != "1":  # more than one id: started by root
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        outer = uid
    if libc.unshare(_NEWUSER) or libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no user namespace for the checker")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {outer} 1"), ("gid_map", f"{uid} {outer} 1")):
        Path("/proc/self", name).write_text(text)


if __name__ == "__main__":
    sys.exit(main())
