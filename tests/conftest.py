"""Fixtures of every test, and the tests that run only when they are asked for."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray

from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.segmenter import Segmenter

settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
settings.load_profile("repeatable")

Discs = Callable[
    [tuple[int, int], Iterable[tuple[float, float, float]]], NDArray[np.int32]
]

OPT_IN = ("benchmark", "bioimageio", "dsb2018", "robustness", "stardist")
"""Markers of tests that take long or need data or packages of their own."""

BENCHMARKS = Path(__file__).parent / "benchmark"


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Deselect the tests that run only when they are asked for.

    ``-m`` asks for a marker by naming it. An argument asks for a test by naming it
    (``tests/test_import.py::test_time``), or a file or folder in tests/benchmark.
    """
    markers_asked = set(re.findall(r"\w+", config.option.markexpr or ""))
    start = config.invocation_params.dir
    arguments = [str(argument).partition("::")[::2] for argument in config.args]
    asked = [((start / path).resolve(), name) for path, name in arguments]

    def runs(item: pytest.Item) -> bool:
        markers = {marker.name for marker in item.iter_markers()} & set(OPT_IN)
        name = item.nodeid.partition("::")[2]
        return markers <= markers_asked or any(
            name.partition("[")[0] == test.partition("[")[0]
            if test
            else path.is_relative_to(BENCHMARKS)
            for path, test in asked
            if item.path.is_relative_to(path)
        )

    deselected = [item for item in items if not runs(item)]
    if deselected:
        items[:] = [item for item in items if runs(item)]
        config.hook.pytest_deselected(items=deselected)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20260701)


@pytest.fixture(autouse=True)
def own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use an empty folder of models in every test, not the one of the user."""
    folder = tmp_path / "user-models"
    monkeypatch.setenv("NAPARI_NUCLEI_MODELS", str(folder))
    return folder


@pytest.fixture(scope="session")
def new_process(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Return a function that runs code in a new process and returns its output.

    The process starts in an empty folder, so that it imports the installed package.
    """

    def run(code: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path_factory.mktemp("elsewhere"),
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    return run


@pytest.fixture(scope="session")
def discs() -> Discs:
    """Return a function that draws labels from rows, columns and radii."""

    def draw(
        shape: tuple[int, int], circles: Iterable[tuple[float, float, float]]
    ) -> NDArray[np.int32]:
        labels = np.zeros(shape, np.int32)
        for number, (row, column, radius) in enumerate(circles, 1):
            centre = (round(column), round(row))
            cv2.circle(labels, centre, round(radius), number, cv2.FILLED)
        return labels

    return draw


@pytest.fixture(scope="session")
def small_network() -> Callable[[], Any]:
    """Return a function that builds a network of three layers, which trains in seconds.

    Its input and outputs are those of the real network, which has two hundred layers.
    """

    def make() -> Any:
        import keras

        keras.utils.set_random_seed(0)
        image = keras.Input((None, None, 3))
        x = keras.layers.Conv2D(4, 3, padding="same", name="convolution")(image)
        x = keras.layers.BatchNormalization(momentum=0.5, name="norm")(x)
        output = keras.layers.Conv2D(2, 1, activation="sigmoid", name="output")(x)
        return keras.Model(image, output)

    return make


@pytest.fixture(scope="session")
def small_base(
    small_network: Callable[[], Any], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return the folder of a model with the small network, as a base for training."""
    from napari_nuclei.core.card import ModelCard
    from napari_nuclei.model.convert import convert
    from napari_nuclei.model.store import KERAS_FILE, LITERT_FILE, write_card

    folder = tmp_path_factory.mktemp("models") / "base"
    folder.mkdir()
    network = small_network()
    network.save(folder / KERAS_FILE)
    convert(network, folder / LITERT_FILE, patch_size=64)
    write_card(folder, ModelCard("base", diameter=16))
    return folder


def bright(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    inside = (tiles.mean(axis=-1, keepdims=True) > 0.5).astype(np.float32)
    return np.concatenate([inside, inside], axis=-1)


@pytest.fixture
def segmenter() -> Segmenter:
    """Return a segmenter that labels bright pixels as nuclei."""
    return Segmenter(bright, ModelCard("bright", diameter=16, min_size=4))
