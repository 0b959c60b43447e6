"""Benchmarks and tests that need more than the package run only when asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BENCHMARK = "tests/test_import.py::test_time_of_importing_the_package"


def collected(*arguments: str) -> list[str]:
    """Return the ids of the tests that pytest would run."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", *arguments]
    lines = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.splitlines()
    return [line for line in lines if "::" in line]


def test_a_benchmark_does_not_run_unasked() -> None:
    found = collected("tests/test_import.py", "-m", "not slow")
    assert found
    assert BENCHMARK not in found


@pytest.mark.parametrize(
    "arguments",
    [
        ("tests/test_import.py", "-m", "benchmark or stardist"),
        (BENCHMARK,),
    ],
    ids=" ".join,
)
def test_a_benchmark_runs_when_it_is_named(arguments: tuple[str, ...]) -> None:
    assert collected(*arguments) == [BENCHMARK]


def test_every_benchmark_of_a_file_that_is_named_runs() -> None:
    assert collected("tests/benchmark/test_peak.py")
