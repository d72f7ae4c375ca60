"""Shapes and types of the number-making modules are checked while the tests run."""

from jaxtyping import install_import_hook

SHAPED = ("models.measures", "models.trace", "models.worked", "models.reading")

install_import_hook(SHAPED, "beartype.beartype").__enter__()
