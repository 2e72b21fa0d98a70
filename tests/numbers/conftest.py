"""Small data: one thread is faster than several, and adds in the same order everywhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """NumPy and scikit-learn compute in one thread."""
    with threadpool_limits(limits=1):
        yield
