from __future__ import annotations

import time
from collections.abc import Callable

import pytest


@pytest.fixture(scope="session")
def seconds() -> Callable[..., float]:
    """Return a function that gives the best time of a few rounds of some work."""

    def best(work: Callable[[], object], rounds: int = 3) -> float:
        work()  # warms up
        times = []
        for _ in range(rounds):
            began = time.perf_counter()
            work()
            times.append(time.perf_counter() - began)
        return min(times)

    return best
