"""The zygote: a warm interpreter inside the sandbox that forks one child per job and watches it.

It enters the namespaces once, so that a job costs a fork and not a sandbox. It holds no expected values, reads at
most the agreed number of bytes from a child, measures its CPU time from outside, kills it at its limits, empties the
scratch folder, and reports bytes and exit status without interpreting either.

Wire format, little endian. Job: ``HEADER`` (body length, CPU seconds per test, wall seconds per test, most bytes of
one frame, output bytes, number of tests) and a marshalled dict; a peer socket may come with it.
Answer: ``ANSWER`` (number of marks, result length, output length, wait status, cause, CPU seconds, peak MiB), the marks
(CPU seconds used when each of the first frames was complete) and both byte strings.
"""

from __future__ import annotations

import gc
import marshal
import os
import select
import signal
import socket
import struct
import sys
import time
from typing import Any

from unriddle.execute.inside import landlock, namespaces
from unriddle.execute.inside.area import Area
from unriddle.execute.inside.child import run_child
from unriddle.execute.inside.harness import RESULT_FD, Capture
from unriddle.execute.inside.seccomp import ChildFilter, load_zygote_filter

__all__ = ["ANSWER", "CAUSES", "HEADER", "main"]

HEADER = struct.Struct("<IddIII")
ANSWER = struct.Struct("<IIIiBdd")
CAUSES = ("ended", "cpu", "wall", "output")
_CLOCK_SCHED = 2
_MOST_BYTES = 1 << 28
_MOST_FDS = 64
_PART = 1 << 16


def main(fd: int, config: dict[str, Any]) -> None:
    """Enter the sandbox, say so (one byte, or an error text), and serve jobs until the other side hangs up."""
    control = _only_descriptor(fd)
    null = os.open("/dev/null", os.O_RDWR)
    try:
        _preload(config["preload"], seed=config["seed"])
        if config["namespaces"]:
            namespaces.enter(readable=config["readable"], hidden=config["hidden"], scratch_mb=config["scratch_mb"])
        else:
            os.chdir(config["scratch"])
            namespaces.drop_capabilities()
            landlock.confine(config["scratch"], readable=config["readable"], hidden=config["hidden"])
        confine = ChildFilter(contained=config["namespaces"]) if config["seccomp"] else None
    except (OSError, ImportError) as error:
        text = f"{type(error).__name__}: {error}".encode()
        control.sendall(struct.pack("<I", len(text)) + text)
        os._exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.close(null)
    capture = Capture.installed()
    if confine is not None:
        load_zygote_filter()
    gc.freeze()
    control.sendall(struct.pack("<I", 0))
    while True:
        job = _receive(control)
        if job is None:
            os._exit(0)
        _serve(control, confine, capture, *job)
        _empty_scratch(namespaces.SCRATCH if config["namespaces"] else config["scratch"])


def _only_descriptor(fd: int) -> socket.socket:
    """The control socket, moved to a place that every child reuses for its results."""
    os.dup2(fd, RESULT_FD)
    os.close(fd)
    return socket.socket(fileno=RESULT_FD)


def _preload(names: list[str], *, seed: int) -> None:
    """Import what candidates are likely to want, and seed the generators that every child inherits.

    ``random`` asks to be seeded from the clock after every fork; it is imported so that it cannot.
    """
    register, os.register_at_fork = os.register_at_fork, lambda **_: None
    __import__("random")
    os.register_at_fork = register
    for name in names:
        __import__(name)
    if "numpy" in sys.modules:
        __import__("numpy.random")  # loaded late by numpy itself, and then seeded from the clock
    for generator in ("random", "numpy.random"):
        if generator in sys.modules:
            sys.modules[generator].seed(seed)


def _receive(control: socket.socket) -> tuple[tuple[Any, ...], Area, int] | None:
    """Header, body and peer socket (−1 when none came) of the next job; ``None`` when the other side is gone."""
    head, fds, _, _ = socket.recv_fds(control, HEADER.size, 1)
    if not head:
        return None
    while len(head) < HEADER.size:
        part = control.recv(HEADER.size - len(head))
        if not part:
            os._exit(0)
        head += part
    fields = HEADER.unpack(head)
    body = Area(fields[0])
    while body.size < fields[0]:
        if not body.read(control.fileno(), fields[0] - body.size):
            os._exit(0)
    return fields, body, fds[0] if fds else -1


def _serve(
    control: socket.socket,
    confine: ChildFilter | None,
    capture: Capture,
    fields: tuple[Any, ...],
    body: Area,
    peer: int,
) -> None:
    result_read, result_write = os.pipe()
    output_read, output_write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            peer = _arrange(result_write, output_write, peer)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            if confine is not None:
                confine.load(os.getpid())
            run_child(marshal.loads(body.view()), peer, capture)
        except BaseException as error:
            os.write(2, f"sandbox: {type(error).__name__}: {error}".encode("utf-8", "replace"))
        finally:
            os._exit(0)
    body.forget()
    for fd in (result_write, output_write, *([peer] if peer >= 0 else [])):
        os.close(fd)
    watch = _Watch(pid, control.fileno(), result_read, output_read, fields)
    watch.until_done()
    os.close(result_read)
    os.close(output_read)
    watch.answer(control)


def _arrange(result: int, output: int, peer: int) -> int:
    """Leave a child with its standard descriptors, the result pipe and perhaps a peer, whose place is returned."""
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(result, RESULT_FD)
    if peer < 0:
        os.closerange(RESULT_FD + 1, _MOST_FDS)
        return -1
    os.dup2(peer, RESULT_FD + 1)
    os.closerange(RESULT_FD + 2, _MOST_FDS)
    return RESULT_FD + 1


class _Watch:
    """One child: what it has written so far, and its limits."""

    def __init__(self, pid: int, control: int, result: int, output: int, fields: tuple[Any, ...]) -> None:
        _, self.cpu_limit, self.wall_limit, self.most, self.output_bytes, self.n_tests = fields
        self.pid, self.control, self.result, self.output = pid, control, result, output
        self.clock = (~pid << 3) | _CLOCK_SCHED
        self.frames, self.text = Area(), Area(_PART)
        self.next_frame, self.partial = 0, 0
        self.marks: list[float] = []
        self.cpu_mark, self.wall_mark = 0.0, time.monotonic()
        self.cause, self.status, self.cpu, self.peak_mb = 0, 0, 0.0, 0.0

    def until_done(self) -> None:
        """Read until the child closes its pipe or reaches a limit; then make sure it is gone."""
        poll = select.poll()
        for fd in (self.result, self.output):
            poll.register(fd, select.POLLIN)
        poll.register(self.control, select.POLLHUP)
        while self._step(poll):
            pass
        os.kill(self.pid, signal.SIGKILL)
        _, self.status, usage = os.wait4(self.pid, 0)
        self.cpu, self.peak_mb = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
        self._drain_output(last=True)

    def _step(self, poll: Any) -> bool:
        left = min(self.wall_mark + self.wall_limit - time.monotonic(), self.cpu_mark + self.cpu_limit - self._used())
        ready = poll.poll(max(1, min(1000, int(left * 1000) + 1)))
        for fd, event in ready:
            if fd == self.control and event & (select.POLLHUP | select.POLLERR):
                os.kill(self.pid, signal.SIGKILL)
                os._exit(0)
            if fd == self.output and not self._drain_output():
                poll.unregister(fd)
            if fd == self.result:
                if not self.frames.read(fd, _PART):
                    return False
                self._got()
        if self.partial > self.most or self.frames.size > _MOST_BYTES:
            self.cause = 3
        elif self._used() - self.cpu_mark >= self.cpu_limit:
            self.cause = 1
        elif time.monotonic() - self.wall_mark >= self.wall_limit:
            self.cause = 2
        return self.cause == 0

    def _used(self) -> float:
        return time.clock_gettime(self.clock)

    def _got(self) -> None:
        """Every finished frame starts the next test's allowance anew; no more often than there are tests."""
        used, before = self._used(), self.next_frame
        self.partial = 0
        while self.frames.size - self.next_frame >= 4:
            size = self.frames.number(self.next_frame)
            self.partial = size
            if self.frames.size - self.next_frame - 4 < size or size > self.most:
                break
            self.next_frame += 4 + size
            self.partial = 0
            self.marks.append(used)
        if self.next_frame != before and len(self.marks) <= self.n_tests + 1:
            self.cpu_mark, self.wall_mark = used, time.monotonic()
        del self.marks[self.n_tests + 2 :]

    def _drain_output(self, *, last: bool = False) -> bool:
        """Take what the child wrote on its standard descriptors; keep the first bytes, drop the rest."""
        if last:
            os.set_blocking(self.output, False)
        try:
            more = self.text.read(self.output, _PART)
        except BlockingIOError:
            return False
        self.text.cut(self.output_bytes)
        return bool(more)

    def answer(self, control: socket.socket) -> None:
        """Send the report for the judge, and forget what the child said."""
        sizes = len(self.marks), self.frames.size, self.text.size
        head = ANSWER.pack(*sizes, self.status, self.cause, self.cpu, self.peak_mb)
        head += struct.pack(f"<{len(self.marks)}d", *self.marks)
        with self.frames.view() as frames, self.text.view() as text:
            sent = control.sendmsg([head, frames, text])  # in one piece: the judge should not wake up for a part
            for part in (head, frames, text):
                if sent < len(part):
                    control.sendall(part[sent:])
                sent = max(0, sent - len(part))
        self.frames.forget()
        self.text.forget()


def _empty_scratch(folder: str) -> None:
    """Remove whatever a child left, without recursion: sub-folders are emptied by moving their entries up."""
    try:
        names = os.listdir(".")
    except PermissionError:  # a child took our rights to its folder away
        os.chmod(folder, 0o700)
        names = os.listdir(".")
    number, mark = 0, os.urandom(8).hex() if names else ""
    while names:
        for name in names:
            try:
                os.unlink(name)
            except OSError:
                os.chmod(name, 0o700)
                for inner in os.listdir(name):
                    number += 1
                    path = os.path.join(name, inner)
                    if not os.path.islink(path):
                        os.chmod(path, 0o700)  # a folder is moved only by who may write to it
                    os.rename(path, f"{mark}-{number}")
                os.rmdir(name)
        names = os.listdir(".")
