"""The bundled models on synthetic images and a sample of tissue: lower bounds."""

from __future__ import annotations

import cv2
import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei import Segmenter, load_segmenter
from napari_nuclei.core.matching import count_objects
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.model.store import (
    BUNDLED,
    DEFAULT_MODEL,
    KERAS_FILE,
    LITERT_FILE,
    check_model_files,
    list_models,
    read_card,
)

Scene = tuple[NDArray[np.uint16], NDArray[np.int32]]

BUNDLED_MODELS = [entry.name for entry in list_models() if entry.bundled]


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return load_segmenter()


@pytest.fixture(scope="module")
def scene() -> Scene:
    return synthetic_nuclei((384, 384), seed=7)


def f1(truth: NDArray[np.int32], labels: NDArray[np.int32]) -> float:
    return count_objects(truth, labels, [0.5])[0].scores().f1


def resized(scene: Scene, size: float) -> Scene:
    image, truth = scene
    shape = round(image.shape[1] * size), round(image.shape[0] * size)
    how = cv2.INTER_AREA if size < 1 else cv2.INTER_CUBIC
    return (
        cv2.resize(image, shape, interpolation=how),
        cv2.resize(truth, shape, interpolation=cv2.INTER_NEAREST_EXACT),
    )


@pytest.mark.parametrize(
    ("size", "bound"), [(0.5, 0.6), (1, 0.8), (2, 0.75), (4, 0.75)]
)
def test_nuclei_of_any_size_are_found(
    segmenter: Segmenter, scene: Scene, size: float, bound: float
) -> None:
    image, truth = resized(scene, size)
    result = segmenter.run(image)
    assert f1(truth, result.labels) >= bound
    areas = np.bincount(truth.ravel())[1:]
    diameter = float(np.sqrt(np.median(areas[areas > 0]) * 4 / np.pi))
    assert result.diameter == pytest.approx(diameter, rel=0.35)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_images_of_any_type_give_nearly_the_same_nuclei(
    segmenter: Segmenter, scene: Scene, dtype: str
) -> None:
    image, truth = scene
    values = np.clip(image / 16, 0, 255) if dtype == "uint8" else image / 65_535
    assert f1(truth, segmenter.segment(values.astype(dtype))) >= 0.8


def test_nuclei_rotate_with_the_image(segmenter: Segmenter, scene: Scene) -> None:
    image, truth = scene
    for quarter in (1, 2):
        labels = segmenter.segment(np.rot90(image, quarter))
        assert f1(np.rot90(truth, quarter), labels) >= 0.8


def test_the_size_of_the_tiles_changes_nearly_nothing(
    segmenter: Segmenter, scene: Scene
) -> None:
    image, _ = scene
    small = segmenter.segment(image, diameter="native")
    large = segmenter.segment(image, diameter="native", tile=256, overlap=64)
    assert f1(small, large) >= 0.95


@pytest.mark.parametrize("name", BUNDLED_MODELS)
def test_nuclei_are_found_in_tissue_with_a_dab_stain(name: str) -> None:
    from skimage.color import rgb2hed
    from skimage.data import immunohistochemistry

    image = immunohistochemistry()
    result = load_segmenter(name).run(image)
    assert 150 <= result.count <= 600
    assert 8 <= result.diameter <= 40
    assert np.bincount(result.labels.ravel())[1:].max() < 40**2  # smaller than a gland
    inside = result.labels > 0
    assert 0.08 <= inside.mean() <= 0.4
    blue, _, brown = np.moveaxis(rgb2hed(image), -1, 0)
    assert blue[inside].mean() > 1.5 * blue[~inside].mean()
    assert brown[inside].mean() < brown[~inside].mean()


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_constant_image_has_no_nuclei(segmenter: Segmenter, value: int) -> None:
    assert segmenter.run(np.full((200, 150), value, np.uint8)).count == 0


@pytest.mark.parametrize("shape", [(2, 2), (3, 200), (127, 129), (33, 500)], ids=str)
def test_images_of_odd_shapes_are_segmented(
    segmenter: Segmenter, rng: np.random.Generator, shape: tuple[int, int]
) -> None:
    image = rng.integers(0, 255, shape, np.uint8)
    assert segmenter.run(image).labels.shape == shape


@pytest.mark.parametrize("name", BUNDLED_MODELS)
def test_the_files_of_a_bundled_model_match_its_card(name: str) -> None:
    card = read_card(BUNDLED / name)
    assert card.name == name
    assert set(card.sha256) == {"model.keras", "model.tflite"}
    check_model_files(BUNDLED / name, card)


@pytest.mark.parametrize("name", BUNDLED_MODELS)
def test_a_bundled_model_opens_with_plain_keras(name: str) -> None:
    model = keras.models.load_model(BUNDLED / name / KERAS_FILE)
    assert not model.compiled
    assert model.input_shape == (None, None, None, 3)
    names = {layer.name for layer in model.layers}
    assert len(names) == len(model.layers)


@pytest.mark.parametrize("name", BUNDLED_MODELS)
def test_both_engines_find_the_same_nuclei(name: str, scene: Scene) -> None:
    image = scene[0][:160, :200]
    settings = {"diameter": "native"}
    one, two = (
        load_segmenter(name, engine=engine).segment(image, **settings)
        for engine in ("litert", "keras")
    )
    assert f1(one, two) == 1


@pytest.mark.parametrize("name", BUNDLED_MODELS)
def test_every_bundled_model_finds_most_nuclei(name: str, scene: Scene) -> None:
    image, truth = scene
    assert f1(truth, load_segmenter(name).segment(image)) >= 0.8


def test_the_fast_model_is_small_and_nearly_as_good() -> None:
    fast, default = BUNDLED / "nuclei-fast", BUNDLED / DEFAULT_MODEL
    small, whole = ((x / LITERT_FILE).stat().st_size for x in (fast, default))
    assert small < 0.25 * whole
    cards = [read_card(x).metrics["mean"]["ap_50_90"] for x in (fast, default)]
    assert cards[0] >= cards[1] - 0.03
