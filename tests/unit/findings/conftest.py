"""Detectors are called as the verbs call them: near the ends of double precision they overflow."""

from collections.abc import Iterator

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def as_verbs_do() -> Iterator[None]:
    with np.errstate(all="ignore"):
        yield
