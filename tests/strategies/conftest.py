"""How hard the properties are hunted: a little on a desk, long and always the same way in CI."""

import os

from hypothesis import HealthCheck, settings

_CHECKS = (HealthCheck.too_slow, HealthCheck.data_too_large)
settings.register_profile("desk", max_examples=100, deadline=None, suppress_health_check=_CHECKS)
settings.register_profile("ci", max_examples=500, deadline=None, derandomize=True, suppress_health_check=_CHECKS)
settings.load_profile("ci" if os.environ.get("CI") else "desk")
