"""The matrices of a walkthrough while it is put together: each is named once, whatever its numbers come from."""

from collections.abc import Sequence
from typing import Unpack

import numpy as np

from viz.scene import Given, Look, Matrix, Rule, derived


class Matrices(dict[str, Matrix]):
    """Matrices by their key, in the order in which they were put."""

    def given(
        self,
        key: str,
        title: str,
        values: np.ndarray,
        rows: Sequence[str],
        columns: Sequence[str],
        whose: str,
        **look: Unpack[Look],
    ) -> None:
        """Put numbers that are an input, and say `whose`."""
        self.known(key, title, values, rows, columns, Given(whose), **look)

    def known(
        self,
        key: str,
        title: str,
        values: np.ndarray,
        rows: Sequence[str],
        columns: Sequence[str],
        rule: Rule,
        **look: Unpack[Look],
    ) -> None:
        """Put numbers that the model computed, and the rule that they follow."""
        self[key] = Matrix(key, title, values, tuple(rows), tuple(columns), rule, **look)

    def derive(
        self, key: str, title: str, rule: Rule, rows: Sequence[str], columns: Sequence[str], **look: Unpack[Look]
    ) -> None:
        """Put what the rule makes of the matrices there are."""
        self[key] = derived(self, key, title, rule, tuple(rows), tuple(columns), **look)
