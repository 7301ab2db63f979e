"""How to get full isolation: the facts about this machine that decide it, and one line for each likely cause.

The kernel says which step it refused and an error number, but seldom why; the facts tell a switch that somebody turned
off from a container's profile, a chroot or a security module. Not covered: changing anything; the user does that.
"""

from __future__ import annotations

import ctypes
import os
import platform
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from errno import EACCES, EINVAL, ENOENT, ENOSPC, ENOSYS, EPERM
from pathlib import Path

from unriddle.errors import IsolationError
from unriddle.execute.inside import landlock, seccomp
from unriddle.execute.isolation import Level, leaves_open

__all__ = ["Surroundings", "advice", "failing_step", "refusal", "surroundings"]

_CAP_SYS_ADMIN = 21
_SWITCHES = {
    "kernel/unprivileged_userns_clone": ("0", "kernel.unprivileged_userns_clone=1"),
    "user/max_user_namespaces": ("0", "user.max_user_namespaces=15000"),
    "kernel/apparmor_restrict_unprivileged_userns": ("1", "kernel.apparmor_restrict_unprivileged_userns=0"),
}
"""Below /proc/sys: the value that denies user namespaces to ordinary users, and the setting that allows them."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What decides why a sandbox cannot be had, and what helps.

    Attributes:
        system: As ``platform.system()``.
        machine: As ``platform.machine()``.
        root: Whether the user is root.
        admin: Whether this process has CAP_SYS_ADMIN, and so needs no user namespace.
        filtered: Whether a seccomp filter lies on this process.
        chroot: Whether the root folder is no mount point, as in a chroot.
        container: ``docker``, ``podman``, ``kubernetes``, another name, or empty where no container shows.
        landlock_version: 0 where there is none.
        settings: Files below ``/proc/sys`` that limit namespaces, and what they hold.
    """

    system: str = "Linux"
    machine: str = "x86_64"
    root: bool = False
    admin: bool = False
    filtered: bool = False
    chroot: bool = False
    container: str = ""
    landlock_version: int = 0
    settings: dict[str, str] = field(default_factory=dict)


def surroundings() -> Surroundings:
    """The facts about this process and this machine."""
    status = dict(line.split(":", 1) for line in _text("/proc/self/status").splitlines())
    names = [*_SWITCHES, *(f"user/{path.name}" for path in sorted(Path("/proc/sys/user").glob("max_*_namespaces")))]
    mounts = [line.split()[4] for line in _text("/proc/self/mountinfo").splitlines()]
    linux = platform.system() == "Linux"
    return Surroundings(
        system=platform.system(),
        machine=platform.machine(),
        root=os.geteuid() == 0,
        admin=linux and _is_admin(),
        filtered=status.get("Seccomp", "0").strip() == "2",
        chroot=bool(mounts) and "/" not in mounts,
        container=_container(),
        landlock_version=landlock.supported() if linux else 0,
        settings={name: text for name in names if (text := _text(f"/proc/sys/{name}").strip())},
    )


def refusal(level: Level, reason: str) -> IsolationError:
    """The exception for a level that could not be started: the step that failed and the first line of advice.

    Its ``__cause__`` is an ``OSError`` with the bare reason.
    """
    first, *_ = advice(level, reason, surroundings())
    error = IsolationError(
        f"the sandbox of level {level!r} could not be started here: {reason}. What to do: {first}. `unriddle doctor` "
        "shows more; a lower level must be asked for by name, for example --isolation rlimits"
    )
    error.__cause__ = OSError(reason)
    return error


def failing_step(reason: str) -> tuple[str, int]:
    """First word of the step and the error number in a reason; ``("", 0)`` when it names none.

    >>> failing_step("PermissionError: [Errno 1] unshare: Operation not permitted")
    ('unshare', 1)
    """
    found = re.search(r"\[Errno (\d+)\] (\w+)", reason)
    return (found[2], int(found[1])) if found else ("", 0)


def advice(level: Level, reason: str, around: Surroundings) -> list[str]:
    """What to do when ``level`` failed for ``reason``, most likely cause first; never empty.

    Args:
        level: The level that could not be had.
        reason: What the attempt said; it names the step and the error number.
        around: The facts that decide.
    """
    if around.system != "Linux":
        return ["the sandbox needs Linux: run unriddle in a Linux machine, virtual machine or container"]
    lines = list(_for_rlimits(around) if level == "rlimits only" else _for_namespaces(reason, around))
    lines = lines or ["run unriddle where this step is allowed, for example in a virtual machine of your own"]
    return [*lines, _lower_level(around)] if level == "namespaces+seccomp" else lines


def _for_namespaces(reason: str, around: Surroundings) -> Iterator[str]:
    step, number = failing_step(reason)
    if around.machine != "x86_64":
        yield f"the system call filter knows x86-64 only, this is {around.machine}: run unriddle on x86-64"
    elif number == ENOENT and "/proc/" in reason:
        yield "/proc is needed to enter the sandbox: mount it (mount -t proc proc /proc)"
    elif step == "unshare" and number == ENOSPC:
        yield from _for_counts(around)
    elif step in ("unshare", "uid_map") and number in (EPERM, EACCES, EINVAL, ENOSYS):
        yield from _for_unshare(step, number, around)
    elif step in ("mount", "mount_setattr", "pivot_root", "umount"):
        yield from _for_mounts(step, number, around)


def _for_counts(around: Surroundings) -> Iterator[str]:
    """ENOSPC: a limit on the number of namespaces, which may be 0."""
    zero = [name for name, text in around.settings.items() if name.startswith("user/max_") and text == "0"]
    for name in zero:
        yield f"{name.replace('/', '.')} is 0: as root, sysctl -w {name.replace('/', '.')}=15000"
    if not zero:
        yield (
            "the limit on namespaces is reached: end other sandboxes of this user, or raise the limits as root "
            "(sysctl user.max_user_namespaces, user.max_net_namespaces, ...)"
        )


def _for_unshare(step: str, number: int, around: Surroundings) -> Iterator[str]:
    if number in (EINVAL, ENOSYS) and not around.filtered:
        yield "this kernel was built without namespaces (CONFIG_USER_NS, CONFIG_PID_NS, CONFIG_NET_NS): use another one"
        return
    switched_off = list(_for_switches(around))
    yield from switched_off
    if step == "uid_map" and around.root:
        yield (
            "root here may not map itself (CAP_SETFCAP): run unriddle as an ordinary user (docker run --user "
            "1000:1000), or add the capability (--cap-add SETFCAP)"
        )
    if around.chroot and not around.admin:
        yield (
            "this is a chroot, where the kernel gives no user namespaces: run unriddle outside of it, or enter the "
            "folder with systemd-nspawn or a container instead"
        )
    if around.container or around.filtered:
        yield _container_line(around)
    elif around.root and not around.admin:
        yield "root here has no CAP_SYS_ADMIN: give it that capability, or allow it user namespaces"
    elif not around.chroot and not switched_off:
        yield (
            "a security module (see /sys/kernel/security/lsm) may deny namespaces to this program: allow them in its "
            "policy; a chroot denies them as well"
        )


def _for_switches(around: Surroundings) -> Iterator[str]:
    """Settings of the kernel that keep user namespaces, or rights in them, from this user."""
    for name, (bad, setting) in _SWITCHES.items():
        if around.settings.get(name) == bad and not around.admin:
            yield f"{name.replace('/', '.')} is {bad}, which denies user namespaces: as root, sysctl -w {setting}"
            if "apparmor" in name:
                yield "or give this Python an AppArmor profile with the rule `userns,`"


def _for_mounts(step: str, number: int, around: Surroundings) -> Iterator[str]:
    yield from _for_switches(around)
    if step == "pivot_root" and number == EINVAL:
        yield (
            "the root folder is no mount point (a chroot or an initial ramdisk): run unriddle outside of it, or enter "
            "the folder with systemd-nspawn or a container instead"
        )
    elif around.container or around.filtered:
        yield _container_line(around)
    elif number == EACCES:
        yield "AppArmor or SELinux denies mounts to this program: allow them in its policy (the audit log names it)"
    else:
        yield "a security module or a sandbox around this program denies mounts: run unriddle outside of it"


def _container_line(around: Surroundings) -> str:
    flags = "--security-opt seccomp=unconfined --security-opt apparmor=unconfined"
    lines = {
        "docker": f"the container's profile denies namespaces or mounts: docker run {flags}",
        "podman": "the container's profile denies namespaces or mounts: podman run --security-opt seccomp=unconfined "
        "(where SELinux is on, also --security-opt label=disable)",
        "kubernetes": "the pod's profile denies namespaces or mounts: in the container's securityContext set "
        "seccompProfile: {type: Unconfined} and appArmorProfile: {type: Unconfined}",
        "": "a seccomp filter on this process denies namespaces or mounts: start it without one (systemd: "
        f"RestrictNamespaces=no and no SystemCallFilter=; docker: {flags})",
    }
    other = f"the container ({around.container}) denies namespaces or mounts: allow nested containers in its settings"
    return lines.get(around.container, other)


def _for_rlimits(around: Surroundings) -> Iterator[str]:
    if around.landlock_version:
        return
    if around.root and seccomp.supported():
        yield "run unriddle as an ordinary user: root's files stay readable at this level without Landlock"
    yield f"there is no Landlock: {landlock.why_not()}"


def _lower_level(around: Surroundings) -> str:
    holes = leaves_open("rlimits only", landlock_version=around.landlock_version, filtered=around.machine == "x86_64")
    return f"or run untrusted code with --isolation rlimits, knowing that it can then {', '.join(holes)}"


def _is_admin() -> bool:
    """Whether CAP_SYS_ADMIN is effective; asked of the kernel, because /proc may be missing."""
    held = ctypes.create_string_buffer(24)
    ctypes.CDLL(None).capget(struct.pack("<Ii", 0x20080522, 0), held)
    effective: int = struct.unpack_from("<I", held)[0]
    return bool(effective >> _CAP_SYS_ADMIN & 1)


def _container() -> str:
    """The kind of container around this process, as far as it shows."""
    if os.environ.get("KUBERNETES_SERVICE_HOST") or Path("/var/run/secrets/kubernetes.io").exists():
        return "kubernetes"
    if Path("/run/.containerenv").exists():
        return "podman"
    if Path("/.dockerenv").exists():
        return "docker"
    return os.environ.get("container", "")  # noqa: SIM112 - container managers set it so


def _text(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""
