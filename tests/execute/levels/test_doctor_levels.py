"""``unriddle doctor`` for real: as root, as an ordinary user, with namespaces denied: right level, right advice."""

from __future__ import annotations

import os
import tempfile
from errno import EACCES, ENOSYS, EPERM

import pytest

UNSHARE, MOUNT, MOUNT_SETATTR, LANDLOCK = 272, 165, 442, 444
FULL, LOW = "namespaces+seccomp", "rlimits only"


def test_doctor_as_root(place) -> None:
    code, report = place.doctor(root=True)
    assert (code, report["isolation"], report["refused"], report["leaves_open"]) == (0, FULL, {}, [])
    assert report["user"] == "root"
    assert not any("isolation" in line for line in report["advice"])
    assert all(m["works"] for m in report["mechanisms"] if not m["name"].startswith("cgroup"))


def test_doctor_as_an_ordinary_user(free) -> None:
    code, report = free.doctor()
    assert (code, report["refused"], report["leaves_open"]) == (0, {}, [])
    assert report["user"].startswith("uid ")


DENIALS = {
    "a filter refuses unshare": ({"deny": {UNSHARE: EPERM}}, "unshare", "seccomp", "user namespace"),
    "the limit on user namespaces is 0": (
        {"max_user_namespaces": 0}, "unshare", "user.max_user_namespaces is 0", "user namespace",
    ),
    "a filter refuses mount": ({"deny": {MOUNT: EPERM}}, "mount", "seccomp", "private root"),
    "a security module refuses mount": ({"deny": {MOUNT: EACCES}}, "mount", "security", "private root"),
}  # fmt: skip


@pytest.mark.parametrize("name", DENIALS)
def test_doctor_with_namespaces_denied_names_the_level_the_step_and_the_remedy(free, name: str) -> None:
    how, step, remedy, mechanism = DENIALS[name]
    code, report = free.doctor(**how)
    assert (code, report["isolation"], list(report["refused"])) == (1, LOW, [FULL])
    assert f"] {step}" in report["refused"][FULL]
    assert remedy in report["advice"][0].lower()
    assert any("--isolation rlimits" in line for line in report["advice"][1:])
    works = {m["name"]: m["works"] for m in report["mechanisms"]}
    assert not works[mechanism]
    assert works["seccomp filter"]
    assert works["rlimits"]


def test_doctor_for_people_shows_the_same(free) -> None:
    text = free.run(free.show, deny={UNSHARE: EPERM})
    for part in ("rlimits only", "used only when asked for", "unshare", "seccomp", "private root", "Linux"):
        assert part in text


def test_doctor_as_root_without_the_right_to_make_namespaces(free) -> None:
    """Root of most containers: no CAP_SYS_ADMIN, and a filter that refuses unshare."""
    strip = ("setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin")
    code, report = free.doctor(root=True, before=strip, deny={UNSHARE: EPERM})
    assert (code, report["isolation"], report["user"]) == (1, LOW, "root without CAP_SYS_ADMIN")
    assert "seccomp" in report["advice"][0]


def test_doctor_as_root_without_any_capability_advises_another_user(free) -> None:
    """``docker run --cap-drop ALL`` with namespaces allowed: root may then not map itself."""
    code, report = free.doctor(root=True, before=("setpriv", "--bounding-set", "-all", "--inh-caps", "-all"))
    assert (code, report["isolation"], report["user"]) == (1, LOW, "root without CAP_SYS_ADMIN")
    assert "uid_map" in report["refused"][FULL]
    assert "ordinary user" in report["advice"][0]


def test_doctor_without_proc_says_so(place) -> None:
    before = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh")
    code, report = place.doctor(root=True, before=before)
    assert (code, report["isolation"], report["user"]) == (1, LOW, "root")
    assert "mount -t proc" in report["advice"][0]


CHROOT = """
import os, subprocess, sys
from pathlib import Path
root = Path(sys.argv[1])
subprocess.run(["mount", "--make-rprivate", "/"], check=True)
for name in os.listdir("/"):
    source, target = Path("/", name), root / name
    if source.is_symlink():
        target.symlink_to(os.readlink(source))
    elif source.is_dir():
        target.mkdir()
        subprocess.run(["mount", "--rbind", source, target], check=True)
os.chroot(root)
os.chdir("/")
os.setgroups([]); os.setgid(61234); os.setuid(61234)
os.execv(sys.argv[2], sys.argv[2:])
"""


def test_doctor_in_a_chroot_says_so(free) -> None:
    with tempfile.TemporaryDirectory() as root:
        os.chmod(root, 0o755)
        before = ("unshare", "--mount", free.python, "-c", CHROOT, root)
        code, report = free.doctor(root=True, before=before)
    assert (code, report["isolation"]) == (1, LOW)
    assert "chroot" in report["advice"][0]
    assert "[Errno 1] unshare" in report["refused"][FULL]


def test_doctor_without_landlock_says_what_that_leaves_open(place) -> None:
    code, report = place.doctor(deny={LANDLOCK: ENOSYS, UNSHARE: EPERM})
    assert (code, report["isolation"]) == (1, LOW)
    assert report["leaves_open"][0] == "read every file that you can read"
    assert {m["name"]: m["works"] for m in report["mechanisms"]}["Landlock"] is False


def test_doctor_where_nothing_works_leaves_trusted_programs_only(place) -> None:
    code, report = place.doctor(
        root=True, before=("setpriv", "--bounding-set", "-sys_admin"), deny={LANDLOCK: ENOSYS, UNSHARE: EPERM}
    )
    assert (code, report["isolation"], sorted(report["refused"])) == (1, "in-process", [FULL, LOW])
    assert not any("--isolation rlimits" in line for line in report["advice"])
    assert any("ordinary user" in line for line in report["advice"])
