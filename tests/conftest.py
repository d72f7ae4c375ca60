"""Shapes of the number-making modules are checked while tests run, and random tests draw the same everywhere."""

from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook

SHAPED = ("models.measures", "models.trace", "models.worked")

install_import_hook(SHAPED, "beartype.beartype").__enter__()

settings.register_profile(
    "lectern", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("lectern")
