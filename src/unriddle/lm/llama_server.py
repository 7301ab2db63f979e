"""LlamaServer: a llama.cpp server in a child process, reached over a private Unix socket.

A child process, because the runtime starts a dozen threads and writes its log to the C-level stderr: here the
threads cannot meet our forks, the log goes to an unnamed temporary file, a crash is an ``LMError``, and Ctrl-C does
not reach it. The socket lives in a folder that only this user can open and asks for a random key besides; no TCP
port is opened. Servers with the same settings are shared within a process.

Not covered: what is asked of the server (``unriddle.lm.embedded``).
"""

from __future__ import annotations

import atexit
import http.client
import json
import os
import secrets
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from unriddle.errors import LMError

__all__ = ["LlamaServer", "ServerSettings", "acquire", "release"]

_START_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What a server is started with; servers with equal settings are shared.

    Attributes:
        gguf: Path of the model file.
        slots: How many draws are decoded at the same time.
        context_tokens: Tokens of prompt and completion together, per draw.
        threads: CPU threads; ``None`` lets the machine's load at the start decide.
        embedding: Whether this server gives embeddings.
    """

    gguf: str
    slots: int
    context_tokens: int
    threads: int | None
    embedding: bool = False


class _SocketConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self._path)


class LlamaServer:
    """One running server.

    Raises:
        LMError: The child process could not load the model; the message holds the end of its log.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self._owner = os.getpid()
        self._key = secrets.token_urlsafe(24)
        self._open: set[_SocketConnection] = set()
        self._lock = threading.Lock()
        folder = tempfile.mkdtemp(prefix="unriddle-lm-")
        if len(folder) > 80:  # a Unix socket's path holds 107 bytes
            os.rmdir(folder)
            folder = tempfile.mkdtemp(prefix="unriddle-lm-", dir="/tmp")
        self._folder = Path(folder)
        # Closed together with the child process.
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._child = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        keep = ("PATH", "HOME", "LD_LIBRARY_PATH", "TMPDIR", "LANG")
        child = subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__).with_name("llama_child.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={name: os.environ[name] for name in keep if name in os.environ},
            start_new_session=True,
        )
        assert child.stdin is not None
        assert child.stdout is not None
        line = {
            **asdict(self.settings),
            "socket": str(self._folder / "llama.sock"),
            "key": self._key,
            "parent": self._owner,
            "path": sys.path,
        }
        self._child = child
        try:
            with suppress(BrokenPipeError):
                child.stdin.write(json.dumps(line).encode() + b"\n")
                child.stdin.flush()
            in_time = select.select([child.stdout], [], [], _START_SECONDS)[0]
            ready = bool(in_time) and b"ready" in child.stdout.readline()
        except BaseException:
            self.close()
            raise
        if not ready:
            tail = self._log_tail()
            self.close()
            raise LMError(
                f"the embedded language model did not start: model file {self.settings.gguf}; "
                f"the end of its log: {tail or '(empty)'}"
            )
        return child

    @property
    def alive(self) -> bool:
        """Whether the child process runs."""
        return self._owner != os.getpid() or self._child.poll() is None

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._child.pid

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Status code and decoded answer of one request.

        Raises:
            LMError: The server went away.
        """
        connection = _SocketConnection(str(self._folder / "llama.sock"))
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        with self._lock:
            self._open.add(connection)
        try:
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise LMError(
                f"the embedded language model's process went away during a request ({error!r}); "
                f"call again to start a new one. The end of its log: {self._log_tail() or '(empty)'}"
            ) from error
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def cancel(self) -> None:
        """End every request under way; the server drops their work when the connection closes."""
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            if connection.sock is not None:
                with suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the child process and remove the socket. Does nothing in a forked copy of the owner."""
        if os.getpid() != self._owner:
            return
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        try:
            self._child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _log_tail(self) -> str:
        with suppress(OSError, ValueError):
            size = os.fstat(self._log.fileno()).st_size
            text = os.pread(self._log.fileno(), 2000, max(0, size - 2000)).decode("utf-8", "replace")
            return " | ".join(text.strip().splitlines()[-4:])
        return ""


@dataclass(slots=True)
class _Shared:
    server: LlamaServer
    users: int


_running: dict[ServerSettings, _Shared] = {}
_running_lock = threading.RLock()


def acquire(settings: ServerSettings) -> LlamaServer:
    """The process's server with these settings, started if there is none; pair with ``release``."""
    with _running_lock:
        shared = _running.get(settings)
        if shared is None or not shared.server.alive:
            if not _running:
                atexit.register(_close_all)
            if shared is not None:
                shared.server.close()
                del _running[settings]
            shared = _running[settings] = _Shared(LlamaServer(settings), users=0)
        shared.users += 1
        return shared.server


def release(server: LlamaServer) -> None:
    """Say that a server is no longer needed; the last one to say so ends it."""
    with _running_lock:
        shared = _running.get(server.settings)
        if shared is not None and shared.server is server:
            shared.users -= 1
            if shared.users <= 0:
                del _running[server.settings]
                server.close()


def _close_all() -> None:
    with _running_lock:
        for shared in _running.values():
            shared.server.cancel()
            shared.server.close()
        _running.clear()
