from __future__ import annotations

from collections.abc import Callable

import pytest

HEAVY = ("tensorflow", "keras", "napari", "qtpy", "dask", "cv2", "skimage", "scipy")

LIST_MODULES = "import sys, napari_nuclei; print(*sorted(sys.modules))"

TIME_IMPORT = (
    "import time; start = time.perf_counter(); import napari_nuclei; "
    "print(time.perf_counter() - start)"
)


@pytest.mark.parametrize("name", HEAVY)
def test_importing_the_package_loads_nothing_heavy(
    name: str, loaded_modules: set[str]
) -> None:
    assert "napari_nuclei" in loaded_modules
    assert name not in loaded_modules


@pytest.fixture(scope="module")
def loaded_modules(new_process: Callable[[str], str]) -> set[str]:
    return set(new_process(LIST_MODULES).split())


@pytest.mark.benchmark
def test_time_of_importing_the_package(new_process: Callable[[str], str]) -> None:
    seconds = min(float(new_process(TIME_IMPORT)) for _ in range(5))
    print(f"\nimport napari_nuclei: {seconds * 1000:.0f} ms (wanted: under 150)")
