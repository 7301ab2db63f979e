"""Reaching a Ray cluster: by its address, by finding the running one, or by starting one on this machine.

A Ray started here listens on the loopback address only and gets a cleaned environment, so that no key of the caller
is in the environment of any process of it; it ends with the caller. Not covered: starting clusters of many machines
(``ray start`` and ``ray up`` do that).
"""

from __future__ import annotations

import ipaddress
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from unriddle.errors import BadInput, ExecutorError, MissingExtra, shorten

__all__ = ["connect", "import_ray"]

_START_SECONDS = 90.0
_CHECK_SECONDS = 30.0
_STOP_SECONDS = 20.0
_STORE_BYTES = 256 * 1024 * 1024
"""Ray's default is 30 % of the machine's memory; batches of verdicts need a fraction of this."""
_CLIENT_PORT = 10001
_LONGEST_BASE = 18
"""Bytes; Ray puts sockets some 85 bytes deeper, and the path of a socket may have 107."""
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH")
_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""Ray's own switch, made for systems with firewall prompts: every socket of the node is bound to 127.0.0.1."""
_MAIN = "from ray.scripts.scripts import main; main()"
# The command ends with the process that started it, however that ends; `ray start --block` then ends its children.
_BOOT = f"import ctypes; ctypes.CDLL(None).prctl(1, {int(signal.SIGTERM)}, 0, 0, 0); {_MAIN}"


def import_ray() -> Any:
    """The module ``ray``.

    Raises:
        MissingExtra: It is not installed.
    """
    try:
        import ray
    except ImportError as error:
        raise MissingExtra("the cluster executor", "unriddle[cluster]") from error
    return ray


def connect(address: str | None, *, cpus: int | None) -> ExitStack:
    """This process is connected to the cluster until the stack is closed.

    Args:
        address: ``None``: the cluster this process is connected to already, else one of its own on this machine.
            ``local``: one of its own. ``auto``: the one that runs here, or that ``RAY_ADDRESS`` names.
            ``host:port`` and ``ray://host:port``: that one.
        cpus: CPUs of a Ray started here; ``None`` means the cores this process may use.

    Raises:
        BadInput: There is no Ray cluster at the address.
        ExecutorError: Ray could not be started or joined.
    """
    ray = import_ray()
    with ExitStack() as stack:
        if ray.is_initialized():
            if address not in (None, "auto"):
                raise BadInput(
                    f"cluster address {address!r}: this process is connected to a Ray cluster already; use that one "
                    "(no address, or 'auto'), or call ray.shutdown() first"
                )
            return stack.pop_all()
        if address in (None, "local"):
            address = stack.enter_context(_local(cpus or len(os.sched_getaffinity(0))))
        elif address == "auto":
            address = _running(ray)
        _check(str(address))
        _init(ray, str(address))
        stack.callback(ray.shutdown)
        return stack.pop_all()


def _running(ray: Any) -> str:
    """The address that Ray itself would join: ``RAY_ADDRESS``, else the cluster that runs on this machine.

    It is looked up here, because joining checks nothing: an address that has gone stale is tried for minutes.
    """
    try:
        address = ray._private.services.get_ray_address_from_environment("auto", None)
    except ConnectionError:
        address = None
    if not address:
        raise BadInput(
            "cluster address 'auto': no Ray cluster runs on this machine and RAY_ADDRESS is not set; start one with "
            "`ray start --head`, name its address, or use 'local'"
        )
    return str(address)


def _init(ray: Any, address: str) -> None:
    with _bound_like(ray, address):
        try:
            ray.init(address, log_to_driver=False, logging_level="ERROR")
        except ImportError as error:  # plain ray has no client; its message names what is missing, ours the pip line
            raise MissingExtra("a ray:// address", "ray[client]") from error
        except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
            raise ExecutorError(
                f"the Ray cluster at {address} could not be joined: {shorten(' '.join(str(error).split()), 400)}. This "
                "machine must be a node of it (`ray start --address=...`), or use ray://HOST:10001 from outside"
            ) from error


@contextmanager
def _bound_like(ray: Any, address: str) -> Iterator[None]:
    """While joining a cluster bound to the loopback address, this process must count itself as that node.

    Ray replaces 127.0.0.1 by the machine's own address otherwise, where such a cluster does not listen, and waits for
    minutes.
    """
    constants = ray._private.ray_constants
    before = getattr(constants, "ENABLE_RAY_CLUSTER", True)
    constants.ENABLE_RAY_CLUSTER = before and not _is_bound_to_loopback(*_host_and_port(address))
    try:
        yield
    finally:
        constants.ENABLE_RAY_CLUSTER = before


def _host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port) if port.isdecimal() else 0


def _is_bound_to_loopback(host: str, port: int) -> bool:
    """Whether what listens there listens at the loopback address only."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
    return loopback and not _answers(import_ray().util.get_node_ip_address(), port)


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError:
        return False
    return True


def _check(address: str) -> None:
    """Refuse within seconds what Ray would try for minutes."""
    client = address.startswith("ray://")
    host, port = _host_and_port(address.removeprefix("ray://"))
    if client and not host:
        host, port = address.removeprefix("ray://"), _CLIENT_PORT
    if not host or not 0 < port < 65536:
        raise BadInput(
            f"cluster address {address!r}: expected 'auto', 'local', HOST:PORT (6379 unless `ray start` was told "
            "otherwise) or ray://HOST:10001"
        )
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError as error:
        raise BadInput(
            f"cluster address {address!r}: nothing answers there ({error}); `ray status` on the head node shows "
            "whether Ray runs, `ray start --head` starts it"
        ) from error
    if not client:
        _check_ray(address)


def _check_ray(address: str) -> None:
    command = [sys.executable, "-c", _MAIN, "health-check", "--address", address, "--skip-version-check"]
    host, port = _host_and_port(address)
    bound = _LOOPBACK if _is_bound_to_loopback(host, port) else {}
    env = {**_clean_environment(), **bound}
    try:
        healthy = subprocess.run(command, env=env, capture_output=True, timeout=_CHECK_SECONDS, check=False)
        why = f"it is not healthy (`ray health-check` ended with {healthy.returncode})" if healthy.returncode else ""
    except subprocess.TimeoutExpired:
        why = f"it does not speak Ray's protocol, or did not answer within {_CHECK_SECONDS:g} s"
    if why:
        raise BadInput(f"cluster address {address!r}: something listens there, but {why}; check host and port")


def _clean_environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "RAY_USAGE_STATS_ENABLED": "0"}


@contextmanager
def _local(cpus: int) -> Iterator[str]:
    """The address of a Ray of our own; it and its files are gone when the block is left."""
    base = tempfile.gettempdir()
    folder = tempfile.mkdtemp(prefix="unriddle-ray-", dir="/tmp" if len(os.fsencode(base)) > _LONGEST_BASE else base)
    command = [sys.executable, "-c", _BOOT, "start", "--head", "--block", "--node-ip-address=127.0.0.1", "--port=0"]
    command += [f"--num-cpus={cpus}", f"--object-store-memory={_STORE_BYTES}", f"--temp-dir={folder}"]
    command += ["--include-dashboard=false", "--disable-usage-stats"]
    with open(f"{folder}/start.log", "wb") as log:
        process = subprocess.Popen(
            command,
            env={**_clean_environment(), **_LOOPBACK},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C is for the caller, who then ends Ray in order
        )
    try:
        yield _wait_for_address(process, Path(folder))
    finally:
        process.terminate()
        try:
            process.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for_address(process: subprocess.Popen[bytes], folder: Path) -> str:
    found, deadline = folder / "ray_current_cluster", time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        address = found.read_text().strip() if found.exists() else ""
        if address:
            return address
        time.sleep(0.05)
    said = " ".join((folder / "start.log").read_text(errors="replace").split())[-400:]
    raise ExecutorError(f"Ray could not be started on this machine: {said or 'it gave no reason'}")
