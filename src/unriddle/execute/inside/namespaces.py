"""Entering the sandbox: new namespaces, a private read-only root, another user, no capabilities.

With CAP_SYS_ADMIN the namespaces are made directly; otherwise (an ordinary user, root in a container) a user namespace
gives the right to make the others. Root of the machine then becomes a user id that nobody else has. Either way the
caller ends up in a fork that is process 1 of its own pid namespace, without network, IPC, /proc or any writable place
but a small scratch tmpfs. Every refusal of the kernel is an ``OSError`` whose text begins with the step that failed.

Not covered: cgroups. A candidate is one process (the filter refuses new ones), so its address space limit, the size of
the scratch tmpfs and the limit on open files bound what it holds; a group of its own would bound nothing more.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Sequence

__all__ = ["OWN_IDS", "SCRATCH", "SPACES", "drop_capabilities", "enter", "open_spaces", "private_root"]

SCRATCH = "/scratch"
OWN_IDS = 0x20000000
"""User ids from here on belong to one sandbox each."""
SPACES = {
    "mount": 0x00020000, "cgroup": 0x02000000, "uts": 0x04000000, "ipc": 0x08000000, "pid": 0x20000000,
    "net": 0x40000000,
}  # fmt: skip
"""The flag of each kind of namespace that a sandbox has of its own; a user namespace only where it is needed."""

_NEWUSER = 0x10000000
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REMOUNT = 1, 2, 4, 8, 32
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
_MNT_DETACH = 2
_AT_RECURSIVE, _SYS_MOUNT_SETATTR, _SYS_PIVOT_ROOT, _SYS_CAPSET = 0x8000, 442, 155, 126
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
        hidden: Folders below them that are covered by an empty one; what is readable below it is laid over the cover.
        scratch_mb: Size of the scratch folder in MiB.

    Raises:
        OSError: The kernel refused a step; nothing is left behind, because the process then ends.
    """
    own = OWN_IDS + os.getpid()
    owned = open_spaces(sum(SPACES.values())) and _is_mapped(own)
    _become_first_process()
    private_root(readable, hidden, scratch_mb)
    _libc.sethostname(b"sandbox", 7)
    if owned:
        # An id of its own for every zygote: process counts and signals then reach no other sandbox.
        os.chown(SCRATCH, own, own)
        os.setgroups([])
        os.setresgid(own, own, own)
        os.setresuid(own, own, own)
    drop_capabilities()
    _check(_libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0), "prctl PDEATHSIG")


def open_spaces(flags: int, *, directly: bool = True) -> bool:
    """Leave these namespaces for new ones; whether that went without a user namespace.

    Args:
        flags: Sum of flags from ``SPACES``.
        directly: Try without a user namespace first, where this is root.

    Raises:
        OSError: The kernel refused ``unshare`` or the mapping of ids (``uid_map``).
    """
    uid, gid = os.geteuid(), os.getegid()
    if directly and uid == 0 and _libc.unshare(flags) == 0:
        return True
    _check(_libc.unshare(flags | _NEWUSER), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        try:
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
        except OSError as error:
            raise OSError(error.errno, f"uid_map: writing /proc/self/{name}: {error.strerror}") from error
    return False


def _is_mapped(uid: int) -> bool:
    """Whether this user namespace has the id: the machine's own has all, a rootless container's only some."""
    try:
        with open("/proc/self/uid_map") as file:
            rows = [[int(word) for word in line.split()] for line in file]
    except FileNotFoundError:
        return True
    return any(first <= uid < first + count for first, _, count in rows)


def _become_first_process() -> None:
    """Fork into the new pid namespace; the parent only waits, so that nothing outlives the pair."""
    child = os.fork()
    if child:
        os.closerange(0, 65536)
        _, status = os.waitpid(child, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    _check(_libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0), "prctl PDEATHSIG")


def private_root(readable: Sequence[str], hidden: Sequence[str], scratch_mb: int) -> None:
    """Make a read-only root of these paths and a scratch folder, and leave everything else behind.

    Raises:
        OSError: The kernel refused a mount or ``pivot_root``.
    """
    _mount("none", "/", "", _MS_REC | _MS_PRIVATE)
    # Sources are opened first: the new root is mounted over /tmp, below which they may lie.
    sources = {path: os.open(path, os.O_PATH) for path in readable}
    devices = {f"/dev/{name}": os.open(f"/dev/{name}", os.O_PATH) for name in _DEVICES}
    base = "/tmp"
    _mount("tmpfs", base, "tmpfs", _MS_NOSUID | _MS_NODEV, "size=1m,nr_inodes=4096,mode=755")
    covers = []
    for path in sorted({*sources, *devices, *hidden}, key=len):  # what lies above before what lies below
        if path not in hidden:
            _bind({**sources, **devices}[path], base + path, device=path in devices)
        elif os.path.isdir(base + path):
            _mount("tmpfs", base + path, "tmpfs", _MS_NOSUID | _MS_NODEV, "size=64k,nr_inodes=256,mode=755")
            covers.append(base + path)
    for path in covers:
        _lock(path, device=False)
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
    _lock(target, device=device)


def _lock(target: str, *, device: bool) -> None:
    """Take away set-user-id, devices and (but for a device) writing, on the mount and those below it."""
    flags = _MS_NOSUID | (0 if device else _MS_RDONLY | _MS_NODEV)
    # struct mount_attr: set (the first three bits are those of mount), clear, propagation, userns_fd
    attributes = struct.pack("<QQQQ", flags, 0, 0, 0)
    result = _libc.syscall(_SYS_MOUNT_SETATTR, -100, target.encode(), _AT_RECURSIVE, attributes, len(attributes))
    if result < 0 and ctypes.get_errno() in (errno.ENOSYS, errno.EPERM):  # before Linux 5.12, or filtered out
        for path in _mount_points(target):
            # What is locked on a mount must be asked for again; statvfs and mount number these flags alike.
            kept = os.statvfs(path).f_flag & (_MS_RDONLY | _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
            _mount("none", path, "", _MS_REMOUNT | _MS_BIND | kept | flags)
        return
    _check(result, f"mount_setattr {target}")


def _mount_points(target: str) -> list[str]:
    """The mounts at and below a path; octal escapes stand for blanks in the kernel's list."""
    with open("/proc/self/mountinfo", "rb") as file:
        points = {line.split()[4].decode("unicode_escape").encode("latin-1").decode() for line in file}
    return sorted(point for point in points if point == target or point.startswith(target + "/"))


def drop_capabilities() -> None:
    """Give up every capability, for good."""
    for capability in range(64):
        _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    header = struct.pack("<Ii", 0x20080522, 0)
    _check(_libc.syscall(_SYS_CAPSET, header, bytes(24)), "capset")
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl NO_NEW_PRIVS")
