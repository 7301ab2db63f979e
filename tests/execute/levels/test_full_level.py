"""The full level for real: the same whichever way it is entered; refused, never lowered, where it cannot be had."""

from __future__ import annotations

from errno import EACCES, ENOSYS, EPERM

import pytest

UNSHARE, MOUNT, MOUNT_SETATTR, LANDLOCK = 272, 165, 442, 444
FULL, LOW = "namespaces+seccomp", "rlimits only"

DENIALS = {
    "a filter refuses unshare": ({"deny": {UNSHARE: EPERM}}, "unshare", "seccomp", "user namespace"),
    "the limit on user namespaces is 0": (
        {"max_user_namespaces": 0}, "unshare", "user.max_user_namespaces is 0", "user namespace",
    ),
    "a filter refuses mount": ({"deny": {MOUNT: EPERM}}, "mount", "seccomp", "private root"),
    "a security module refuses mount": ({"deny": {MOUNT: EACCES}}, "mount", "security", "private root"),
}  # fmt: skip


@pytest.mark.parametrize("name", DENIALS)
def test_the_default_refuses_where_the_full_level_cannot_be_had(free, name: str) -> None:
    how, step, remedy, _ = DENIALS[name]
    text = free.judge("", ["def f(x): return x"], [1], **how)["refused"]
    assert FULL in text
    assert f"] {step}" in text
    assert remedy in text.lower()
    assert "--isolation rlimits" in text


@pytest.mark.parametrize("name", DENIALS)
def test_the_lower_level_works_there_when_asked_for_and_is_stored(place, name: str) -> None:
    got = place.judge("rlimits", ["def f(x): return x + 1"], [1], **DENIALS[name][0])
    assert got["level"] == LOW
    assert got["cells"][0][0][:2] == ["PASS", 2]


WAYS_IN = {
    "an ordinary user": {},
    "root": {"root": True},
    "root of a rootless container": {"as_root_of_a_user_namespace": True},
    "root without CAP_SYS_ADMIN": {"root": True, "before": ("setpriv", "--bounding-set", "-sys_admin")},
    "a kernel without mount_setattr": {"deny": {MOUNT_SETATTR: ENOSYS}},
    "a filter that does not know mount_setattr": {"deny": {MOUNT_SETATTR: EPERM}},
    "root, a kernel without mount_setattr": {"root": True, "deny": {MOUNT_SETATTR: ENOSYS}},
    "a container that masks parts of /proc": {
        "root": True,
        "before": (
            "unshare", "--mount", "sh", "-c", "mount -t tmpfs none /proc/bus && mount --bind /dev/null /proc/stat && "
            "mount --rbind -o ro /proc/sys /proc/sys && exec setpriv --reuid 61234 --regid 61234 --clear-groups \"$@\"",
            "sh",
        ),
    },
}  # fmt: skip
INSIDE = """
import os
def f(paths):
    flags = [os.statvfs(p).f_flag & 7 for p in ("/", os.__file__, *paths)]
    seen = [os.path.exists(p) for p in ("/etc/passwd", "/proc/self", "/home", "/root", "/sys")]
    return flags, seen, os.listdir("."), os.getpid() < 100
"""


@pytest.mark.parametrize("name", WAYS_IN)
def test_full_isolation_is_reached_and_the_same(free, name: str) -> None:
    """Read-only, no set-user-id and no devices on every mount, whichever way the sandbox is entered."""
    how = WAYS_IN[name]
    got = free.judge("", [INSIDE, "import os\ndef f(x): os.fork()"], [["/usr/lib", "/lib"]], **how)
    assert got.get("level") == FULL, got
    ((status, result, error),) = got["cells"][0]
    assert status == "PASS", error
    assert result == [[7, 7, 7, 7], [False] * 5, [], True]
    assert got["cells"][1][0][0] == "FORBIDDEN"
