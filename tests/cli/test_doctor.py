"""``unriddle doctor``: one JSON document or a table, and an exit code that scripts can use."""

from __future__ import annotations

import json
import platform

import pytest
from click.testing import CliRunner

from unriddle.cli import doctor
from unriddle.cli.main import main
from unriddle.execute.doctor import Examination, Mechanism

FOUND = Examination(
    level="rlimits only",
    refused={"namespaces+seccomp": "PermissionError: [Errno 1] unshare: Operation not permitted"},
    mechanisms=(
        Mechanism("user namespace", False, "[Errno 1] unshare: Operation not permitted"),
        Mechanism("Landlock", True, "version 7"),
    ),
    leaves_open=("see names of [files]",),
    advice=("as root, sysctl -w kernel.unprivileged_userns_clone=1", "or run with --isolation rlimits"),
    kernel="Linux 6.1 x86_64",
    user="uid 1000",
)


@pytest.fixture
def lower(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "examine", lambda: FOUND)


def test_json_is_one_document_with_the_promised_keys(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["doctor", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert report["schema"] == 1
    assert set(report) >= {"isolation", "languages", "lms", "extras", "advice", "mechanisms", "refused", "leaves_open"}
    assert stop.value.code == (0 if report["isolation"] == "namespaces+seccomp" else 1)
    assert report["languages"]["python"] == platform.python_version()
    assert all(set(mechanism) == {"name", "works", "detail"} for mechanism in report["mechanisms"])


@pytest.mark.usefixtures("lower")
def test_less_than_full_isolation_is_exit_code_1_and_says_how_it_is_used() -> None:
    result = CliRunner().invoke(doctor.doctor_command, ["--json"], standalone_mode=False)
    report = json.loads(result.output)
    assert result.return_value == 1
    assert report["isolation"] == "rlimits only"
    assert "--isolation rlimits" in report["used"]
    assert report["refused"] == FOUND.refused
    assert report["advice"][:2] == list(FOUND.advice)
    assert report["kernel"] == "Linux 6.1 x86_64"


@pytest.mark.usefixtures("lower")
def test_the_table_shows_level_reason_holes_and_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    result = CliRunner().invoke(doctor.doctor_command, [], standalone_mode=False)
    for part in (
        *(
            "rlimits only",
            "used only when asked for",
            "unshare",
            "see names of [files]",
            "Linux 6.1 x86_64",
            "uid 1000",
        ),
        *(
            "Landlock (version 7)",
            "user namespace: [Errno 1]",
            "- as root, sysctl -w kernel.unprivileged_userns_clone=1",
        ),
    ):
        assert part in result.output
