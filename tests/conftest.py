"""How properties are tried everywhere: a machine that is busy for a moment makes none of them false."""

from hypothesis import HealthCheck, settings

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
