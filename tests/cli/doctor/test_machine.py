from __future__ import annotations

import os
import sys

import pytest

from napari_nuclei.cli.doctor import machine


@pytest.mark.skipif(sys.platform != "linux", reason="reads the file of Linux")
def test_the_memory_is_that_of_the_system() -> None:
    with open("/proc/meminfo", encoding="ascii") as file:
        kibibytes = int(file.readline().split()[1])
    assert machine.memory_bytes() == pytest.approx(kibibytes * 1024, rel=0.01)


def test_a_system_that_does_not_state_its_memory_is_no_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(name: str) -> int:
        raise ValueError(name)

    monkeypatch.setattr(os, "sysconf", fail, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert machine.memory_bytes() == 0
    assert machine.describe_machine()[-1] == "memory unknown"


def test_packages_that_are_not_installed_have_no_line() -> None:
    assert machine.installed_version("no-such-package") == ""
    names = [line.split()[0] for line in machine.describe_packages()]
    assert "numpy" in names and set(names) <= set(machine.PACKAGES)
