from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("tensorflow", "keras", "napari", "qtpy", "dask", "cv2", "skimage", "scipy")

LIST_MODULES = "import sys, napari_nuclei; print(*sorted(sys.modules))"

TIME_IMPORT = (
    "import time; start = time.perf_counter(); import napari_nuclei; "
    "print(time.perf_counter() - start)"
)


def run(code: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("name", HEAVY)
def test_importing_the_package_loads_nothing_heavy(
    name: str, loaded_modules: set[str]
) -> None:
    assert "napari_nuclei" in loaded_modules
    assert name not in loaded_modules


@pytest.fixture(scope="module")
def loaded_modules(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    return set(run(LIST_MODULES, tmp_path_factory.mktemp("elsewhere")).split())


@pytest.mark.benchmark
def test_time_of_importing_the_package(tmp_path: Path) -> None:
    seconds = min(float(run(TIME_IMPORT, tmp_path)) for _ in range(5))
    print(f"\nimport napari_nuclei: {seconds * 1000:.0f} ms (wanted: under 150)")
