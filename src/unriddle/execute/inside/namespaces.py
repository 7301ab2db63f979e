"""Entering the sandbox: new namespaces, a private read-only root, another user, no capabilities.

As root the namespaces are made directly and the process then becomes a user id that nobody else has. As an
ordinary user a user namespace gives the right to make the others. Either way the caller ends up in a fork that is
process 1 of its own pid namespace, without network, IPC, /proc or any writable place but a small scratch tmpfs.

Not covered: cgroups; memory and process counts are bounded by rlimits.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Sequence

__all__ = ["SCRATCH", "drop_capabilities", "enter"]

SCRATCH = "/scratch"
_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = (
    0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
_NEWCGROUP = 0x02000000
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REMOUNT = 1, 2, 4, 8, 32
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
_MNT_DETACH = 2
_AT_RECURSIVE, _AT_EMPTY_PATH, _SYS_MOUNT_SETATTR, _SYS_PIVOT_ROOT, _SYS_CAPSET = 0x8000, 0x1000, 442, 155, 126
_PR_SET_PDEATHSIG, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _SIGKILL = 1, 24, 38, 9
_DEVICES = ("null", "zero", "random", "urandom")

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    result = _libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode())
    _check(result, f"mount {kind or source} on {target}")


def enter(*, readable: Sequence[str], hidden: Sequence[str], scratch_mb: int) -> None:
    """Return inside the sandbox, as process 1 of a new pid namespace; the original process waits and exits.

    Args:
        readable: Absolute paths that stay visible, read-only, at the same place.
        hidden: Folders below them that are covered by an empty one.
        scratch_mb: Size of the scratch folder in MiB.

    Raises:
        OSError: The kernel refused a step; nothing is left behind, because the process then ends.
    """
    privileged = os.geteuid() == 0
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    spaces = _NEWNS | _NEWPID | _NEWNET | _NEWIPC | _NEWUTS | _NEWCGROUP
    _check(_libc.unshare(spaces if privileged else spaces | _NEWUSER), "unshare")
    if not privileged:
        _map_ids(outer_uid, outer_gid)
    _become_first_process()
    _private_root(readable, hidden, scratch_mb, privileged=privileged)
    _libc.sethostname(b"sandbox", 7)
    if privileged:
        # An id of its own for every zygote: process counts and signals then reach no other sandbox.
        own = 0x20000000 + _outer_pid
        os.chown(SCRATCH, own, own)
        os.setgroups([])
        os.setresgid(own, own, own)
        os.setresuid(own, own, own)
    drop_capabilities()
    _check(_libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0), "prctl PDEATHSIG")


_outer_pid = 0


def _map_ids(uid: int, gid: int) -> None:
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _become_first_process() -> None:
    """Fork into the new pid namespace; the parent only waits, so that nothing outlives the pair."""
    global _outer_pid
    _outer_pid = os.getpid()
    child = os.fork()
    if child:
        os.closerange(0, 65536)
        _, status = os.waitpid(child, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    _check(_libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0), "prctl PDEATHSIG")


def _private_root(readable: Sequence[str], hidden: Sequence[str], scratch_mb: int, *, privileged: bool) -> None:
    _mount("none", "/", "", _MS_REC | _MS_PRIVATE)
    # Sources are opened first: the new root is mounted over /tmp, below which they may lie.
    sources = {path: os.open(path, os.O_PATH) for path in readable}
    devices = {f"/dev/{name}": os.open(f"/dev/{name}", os.O_PATH) for name in _DEVICES}
    base = "/tmp"
    _mount("tmpfs", base, "tmpfs", _MS_NOSUID | _MS_NODEV, "size=1m,nr_inodes=4096,mode=755")
    for path, source in {**sources, **devices}.items():
        _bind(source, base + path, device=path in devices)
    for path in hidden:
        if os.path.isdir(base + path):
            _mount("tmpfs", base + path, "tmpfs", _MS_NOSUID | _MS_NODEV | _MS_RDONLY, "size=4k,nr_inodes=2,mode=755")
    os.makedirs(base + SCRATCH, exist_ok=True)
    if not os.path.lexists(base + "/tmp"):
        os.symlink(SCRATCH, base + "/tmp")
    options = f"size={scratch_mb}m,nr_inodes={256 + 64 * scratch_mb},mode=700"
    _mount("tmpfs", base + SCRATCH, "tmpfs", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, options)
    for source in (*sources.values(), *devices.values()):
        os.close(source)
    os.chdir(base)
    _check(_libc.syscall(_SYS_PIVOT_ROOT, b".", b"."), "pivot_root")
    _check(_libc.umount2(b".", _MNT_DETACH), "umount old root")
    os.chdir("/")
    _mount("none", "/", "", _MS_REMOUNT | _MS_BIND | _MS_RDONLY | _MS_NOSUID | _MS_NODEV)
    os.chdir(SCRATCH)


def _bind(source: int, target: str, *, device: bool) -> None:
    if not device and os.path.isdir(f"/proc/self/fd/{source}"):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    _mount(f"/proc/self/fd/{source}", target, "", _MS_BIND | _MS_REC)
    # struct mount_attr: set, clear, propagation, userns_fd
    read_only = 0 if device else 1
    attributes = struct.pack("<QQQQ", read_only | 2 | (0 if device else 4), 0, 0, 0)
    result = _libc.syscall(_SYS_MOUNT_SETATTR, -100, target.encode(), _AT_RECURSIVE, attributes, len(attributes))
    _check(result, f"mount_setattr {target}")


def drop_capabilities() -> None:
    """Give up every capability, for good."""
    for capability in range(64):
        _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    header = struct.pack("<Ii", 0x20080522, 0)
    _check(_libc.syscall(_SYS_CAPSET, header, bytes(24)), "capset")
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl NO_NEW_PRIVS")
