"""The doctor's advice fits the cause: every cause as the kernel and the surroundings show it."""

from __future__ import annotations

from errno import EACCES, EINVAL, ENOENT, ENOSPC, ENOSYS, EPERM
from pathlib import Path

import pytest

from unriddle.errors import IsolationError
from unriddle.execute import doctor
from unriddle.execute.advice import Surroundings, advice, failing_step, refusal, surroundings
from unriddle.execute.cgroup import cgroup_state
from unriddle.execute.isolation import LEVELS, leaves_open

FULL, LOW = "namespaces+seccomp", "rlimits only"
CLONE = {"kernel/unprivileged_userns_clone": "0", "user/max_user_namespaces": "15000"}
APPARMOR = {"kernel/apparmor_restrict_unprivileged_userns": "1", "user/max_user_namespaces": "15000"}
NONE = {"user/max_user_namespaces": "0"}


def _reason(step: str, number: int) -> str:
    return f"PermissionError: [Errno {number}] {step}: refused"


CAUSES = {
    "Debian's switch": (_reason("unshare", EPERM), Surroundings(settings=CLONE), "kernel.unprivileged_userns_clone=1"),
    "Ubuntu's switch, at the mapping": (
        _reason("uid_map", EPERM), Surroundings(settings=APPARMOR), "kernel.apparmor_restrict_unprivileged_userns=0",
    ),
    "Ubuntu's switch, at a mount": (
        _reason("mount tmpfs on /tmp", EACCES), Surroundings(settings=APPARMOR),
        "kernel.apparmor_restrict_unprivileged_userns=0",
    ),
    "no user namespaces": (_reason("unshare", ENOSPC), Surroundings(settings=NONE), "user.max_user_namespaces=15000"),
    "no more net namespaces": (
        _reason("unshare", ENOSPC), Surroundings(settings={"user/max_net_namespaces": "0"}),
        "user.max_net_namespaces is 0",
    ),
    "all namespaces used": (_reason("unshare", ENOSPC), Surroundings(), "limit on namespaces is reached"),
    "docker": (
        _reason("unshare", EPERM), Surroundings(container="docker", filtered=True), "docker run --security-opt",
    ),
    "docker, root": (
        _reason("unshare", EPERM), Surroundings(container="docker", filtered=True, root=True),
        "seccomp=unconfined",
    ),
    "docker with AppArmor": (
        _reason("mount none on /", EACCES), Surroundings(container="docker"), "apparmor=unconfined",
    ),
    "podman": (_reason("unshare", EPERM), Surroundings(container="podman", filtered=True), "podman run"),
    "kubernetes": (
        _reason("unshare", EPERM), Surroundings(container="kubernetes"), "seccompProfile: {type: Unconfined}",
    ),
    "lxc": (_reason("unshare", EPERM), Surroundings(container="lxc"), "nested containers"),
    "a filter outside of containers": (_reason("unshare", EPERM), Surroundings(filtered=True), "RestrictNamespaces=no"),
    "a filter without the call": (_reason("unshare", ENOSYS), Surroundings(filtered=True), "seccomp filter"),
    "chroot": (_reason("unshare", EPERM), Surroundings(chroot=True), "chroot"),
    "chroot of root": (_reason("pivot_root", EINVAL), Surroundings(chroot=True, root=True, admin=True), "mount point"),
    "root without its rights": (_reason("unshare", EPERM), Surroundings(root=True), "CAP_SYS_ADMIN"),
    "root without any capability": (_reason("uid_map", EPERM), Surroundings(root=True), "docker run --user"),
    "a security module": (_reason("unshare", EPERM), Surroundings(), "security module"),
    "a security module, at a mount": (_reason("mount none on /", EACCES), Surroundings(), "SELinux"),
    "another sandbox around": (_reason("mount none on /", EPERM), Surroundings(), "sandbox around this program"),
    "a small kernel": (_reason("unshare", EINVAL), Surroundings(), "CONFIG_USER_NS"),
    "a very small kernel": (_reason("unshare", ENOSYS), Surroundings(), "CONFIG_USER_NS"),
    "no /proc": (_reason("uid_map: writing /proc/self/uid_map", ENOENT), Surroundings(), "mount -t proc"),
    "no /proc, root": (_reason("mount /proc/self/fd/7 on /tmp/lib", ENOENT), Surroundings(admin=True), "mount -t proc"),
    "another architecture": ("there is no system call filter", Surroundings(machine="aarch64"), "x86-64"),
    "another system": ("no", Surroundings(system="Darwin"), "Linux"),
    "something else": ("a correct program was judged INFRA", Surroundings(), "virtual machine"),
}  # fmt: skip


@pytest.mark.parametrize("cause", CAUSES)
def test_the_first_line_of_advice_fits_the_cause(cause: str) -> None:
    reason, around, part = CAUSES[cause]
    assert part in advice(FULL, reason, around)[0]


@pytest.mark.parametrize("cause", [name for name, case in CAUSES.items() if case[1].system == "Linux"])
def test_the_lower_level_is_the_last_line_and_says_what_it_leaves_open(cause: str) -> None:
    reason, around, _ = CAUSES[cause]
    first, *_, last = advice(FULL, reason, around)
    assert "--isolation rlimits" in last
    assert "--isolation" not in first
    assert "read every file" in last


def test_switches_for_ordinary_users_do_not_matter_to_root() -> None:
    lines = advice(FULL, _reason("mount tmpfs on /tmp", EPERM), Surroundings(root=True, admin=True, settings=CLONE))
    assert not any("sysctl" in line for line in lines)


def test_advice_for_the_lower_level_never_offers_itself() -> None:
    for around in (Surroundings(root=True), Surroundings(landlock_version=7), Surroundings(system="Darwin")):
        lines = advice(LOW, "landlock: refused", around)
        assert lines
        assert not any("--isolation" in line for line in lines)


@pytest.mark.parametrize(
    ("reason", "step"),
    [
        ("PermissionError: [Errno 1] unshare: Operation not permitted", ("unshare", 1)),
        ("OSError: [Errno 22] pivot_root: Invalid argument", ("pivot_root", 22)),
        ("PermissionError: [Errno 13] mount tmpfs on /tmp: Permission denied", ("mount", 13)),
        ("it gave no reason", ("", 0)),
        ("", ("", 0)),
    ],
)
def test_the_failing_step_is_read_from_the_reason(reason: str, step: tuple[str, int]) -> None:
    assert failing_step(reason) == step


def test_a_refusal_names_step_remedy_and_way_out_and_keeps_the_bare_reason() -> None:
    reason = _reason("unshare", EPERM)
    error = refusal(FULL, reason)
    assert isinstance(error, IsolationError)
    for part in (FULL, reason, "What to do: ", "unriddle doctor", "--isolation rlimits"):
        assert part in str(error)
    assert str(error.__cause__) == reason


def test_what_is_left_open_shrinks_with_what_the_kernel_has() -> None:
    counts = [len(leaves_open(LOW, landlock_version=version, filtered=False)) for version in (0, 3, 4, 6)]
    assert counts == sorted(counts, reverse=True)
    assert leaves_open(FULL, landlock_version=0, filtered=True) == []
    assert leaves_open("in-process", landlock_version=7, filtered=True) == ["do everything that you can do"]
    best = leaves_open(LOW, landlock_version=7, filtered=True)
    assert not any("read every" in hole or "network" in hole or "other processes" in hole for hole in best)


def test_the_surroundings_of_this_process_can_be_read() -> None:
    around = surroundings()
    assert around.system
    assert all(name.startswith(("kernel/", "user/")) for name in around.settings)


@pytest.mark.parametrize(
    ("refused", "level"), [([], FULL), ([FULL], LOW), ([FULL, LOW], "in-process")], ids=["none", "full", "both"]
)
def test_the_strongest_level_that_works_is_named_with_reasons_for_the_others(
    monkeypatch: pytest.MonkeyPatch, refused: list[str], level: str
) -> None:
    reason = _reason("unshare", EPERM)
    monkeypatch.setattr(doctor, "try_level", lambda name: reason if name in refused else "")
    found = doctor.examine()
    assert found.level == level
    assert found.refused == dict.fromkeys(refused, reason)
    assert bool(found.advice) == bool(refused)
    assert any("--isolation rlimits" in line for line in found.advice) == (level == LOW)


def test_a_level_that_runs_but_misjudges_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    from unriddle.candidate import Candidate

    monkeypatch.setattr(doctor, "Candidate", lambda source: Candidate("def f(x): return 0"))
    assert "FAIL" in doctor.try_level(LOW) or "could not be started" in doctor.try_level(LOW)


def test_probing_elsewhere_than_on_linux_says_so_and_tries_nothing() -> None:
    (mechanism,) = doctor.try_mechanisms(Surroundings(system="Darwin"))
    assert not mechanism.works
    assert "Darwin" in mechanism.detail


def test_levels_are_ordered_from_strong_to_weak() -> None:
    assert LEVELS == (FULL, LOW, "in-process")


V1 = "5:memory:/a/b\n4:pids:/\n0::/\n"
V2 = "0::/user.slice/x.scope\n"


def _cgroups(folder: Path, membership: str, mounts: list[tuple[str, str, str]]) -> Path:
    rows = [f"30 1 0:30 / {path} rw - {kind} none rw,{options}" for path, kind, options in mounts]
    (folder / "cgroup").write_text(membership)
    (folder / "mountinfo").write_text("\n".join(["1 0 8:1 / / rw shared:1 - ext4 /dev/vda rw", *rows]))
    return folder


def test_cgroups_of_version_1_are_found_per_controller(tmp_path: Path) -> None:
    (tmp_path / "m/a/b").mkdir(parents=True)
    proc = _cgroups(tmp_path, V1, [(f"{tmp_path}/m", "cgroup", "memory"), (f"{tmp_path}/gone", "cgroup", "pids")])
    assert cgroup_state("memory", proc=proc) == "v1, writable"
    assert cgroup_state("pids", proc=proc) == "v1, read-only"
    assert cgroup_state("io", proc=proc) == "none"


def test_cgroups_of_version_2_are_found_where_the_controller_is_on(tmp_path: Path) -> None:
    folder = tmp_path / "user.slice/x.scope"
    folder.mkdir(parents=True)
    (folder / "cgroup.controllers").write_text("cpu memory\n")
    proc = _cgroups(tmp_path, V2, [(str(tmp_path), "cgroup2", "nsdelegate")])
    assert cgroup_state("memory", proc=proc) == "v2, writable"
    assert cgroup_state("pids", proc=proc) == "none"


def test_no_cgroups_at_all(tmp_path: Path) -> None:
    assert cgroup_state("memory", proc=tmp_path) == "none"
    assert cgroup_state("memory", proc=_cgroups(tmp_path, "", [])) == "none"
