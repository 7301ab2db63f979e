"""Settings that every test shares."""

from __future__ import annotations

import importlib.util
import signal
from pathlib import Path
from types import ModuleType

import hypothesis
import pytest

# The machine may be slow or shared; how long an example takes says nothing about the code.
hypothesis.settings.register_profile(
    "unriddle",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("unriddle")

# A shell starts jobs in the background deaf to Ctrl-C, and so would be every process that a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def processes() -> ModuleType:
    """``tests/processes.py``: what runs on this machine."""
    spec = importlib.util.spec_from_file_location("processes", Path(__file__).with_name("processes.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
