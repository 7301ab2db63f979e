"""Settings that every test shares."""

from __future__ import annotations

import hypothesis

# The machine may be slow or shared; how long an example takes says nothing about the code.
hypothesis.settings.register_profile(
    "unriddle",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("unriddle")
