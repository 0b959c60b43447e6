from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.confidence import ConfidenceCurve
from napari_nuclei.core.diameter import TARGET_RATIO
from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.core.maps import resize
from napari_nuclei.core.matching import count_objects
from napari_nuclei.core.segmenter import Segmenter

CARD = ModelCard("bright", diameter=20, min_size=4)
DISCS = [(30, 30, 10), (30, 90, 10), (95, 40, 10), (100, 120, 10), (60, 160, 10)]


def bright(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the pixels brighter than half as nuclei."""
    inside = (tiles.mean(axis=-1, keepdims=True) > 0.5).astype(np.float32)
    return np.concatenate([inside, inside], axis=-1)


def bright_foreground(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    return bright(tiles)[..., :1]


@pytest.fixture
def segmenter() -> Segmenter:
    return Segmenter(bright, CARD)


@pytest.fixture
def truth(discs) -> NDArray[np.int32]:
    return discs((130, 190), DISCS)


@pytest.fixture
def image(truth: NDArray[np.int32]) -> NDArray[np.uint16]:
    return np.where(truth > 0, 3000, 100).astype(np.uint16)


def same_objects(one: NDArray[np.int32], two: NDArray[np.int32]) -> bool:
    counts = count_objects(one, two, [1.0])[0]
    return counts.fp == counts.fn == 0


@pytest.mark.parametrize("diameter", ["auto", "native"])
def test_bright_discs_are_found(
    segmenter: Segmenter, image: NDArray[Any], truth: NDArray[Any], diameter: str
) -> None:
    result = segmenter.run(image, config=SegmentConfig(diameter=diameter))
    assert result.labels.dtype == np.int32
    assert same_objects(result.labels, truth)
    assert result.count == len(DISCS)
    assert result.diameter == pytest.approx(20, rel=0.1)
    assert result.scale == 1
    assert result.seconds > 0
    assert result.foreground.dtype == np.float32
    np.testing.assert_array_equal(result.foreground > 0.5, truth > 0)


@pytest.mark.parametrize("overlap", [0, 13, 16])
@pytest.mark.parametrize("shape", [(130, 190), (31, 33), (2, 2), (5, 400), (96, 32)])
def test_tiled_and_whole_images_give_the_same_labels(
    segmenter: Segmenter, rng: np.random.Generator, shape: tuple[int, int], overlap: int
) -> None:
    image = rng.random(shape, np.float32)
    settings = {"diameter": "native", "min_size": 0}
    tiled = segmenter.segment(image, tile=32, overlap=overlap, **settings)
    whole = segmenter.segment(image, tile=416, overlap=0, **settings)
    np.testing.assert_array_equal(tiled, whole)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "float32", "float64"])
def test_the_type_of_the_image_does_not_matter(
    segmenter: Segmenter, image: NDArray[Any], truth: NDArray[Any], dtype: str
) -> None:
    assert same_objects(segmenter.segment((image // 20).astype(dtype)), truth)


@pytest.mark.parametrize("kind", ["grey", "one", "rgb", "rgba"])
def test_grey_and_rgb_images_give_the_same_labels(
    segmenter: Segmenter, image: NDArray[Any], truth: NDArray[Any], kind: str
) -> None:
    grey = (image // 20).astype(np.uint8)
    alpha = np.arange(grey.size, dtype=np.uint8).reshape(grey.shape)
    pixels = {
        "grey": grey,
        "one": grey[..., np.newaxis],
        "rgb": np.dstack([grey, grey, grey]),
        "rgba": np.dstack([grey, grey, grey, alpha]),
    }[kind]
    labels = segmenter.segment(pixels)
    assert labels.shape == grey.shape
    assert same_objects(labels, truth)


@pytest.mark.parametrize("settings", [{}, {"diameter": "60", "tile": 64}], ids=str)
def test_the_image_is_never_changed(
    segmenter: Segmenter, image: NDArray[Any], settings: dict[str, Any]
) -> None:
    for pixels in (image, image.astype(np.float32), image[..., np.newaxis]):
        before = pixels.copy()
        pixels.flags.writeable = False
        segmenter.segment(pixels, **settings)
        np.testing.assert_array_equal(pixels, before)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize("answer", [0.0, 1.0], ids=["network none", "network all"])
def test_an_image_of_one_value_has_no_nuclei(answer: float, dtype: str) -> None:
    def network(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.full((*tiles.shape[:3], 2), answer, np.float32)

    result = Segmenter(network, CARD).run(np.full((50, 60), 7, dtype))
    assert (result.count, result.labels.max(), result.foreground.max()) == (0, 0, 0)
    assert np.isnan(result.diameter)
    assert result.scale == 1


STACKS = {
    "time": ("TYX", None),
    "depth and channel": ("ZCYX", 1),
    "channels last": ("ZYXC", 1),
    "columns first": ("XY", None),
    "depth last": ("YXZ", None),
    "everything backwards": ("XYCZT", 0),
    "colours": ("TYXS", None),
}


@pytest.mark.parametrize(("axes", "channel"), STACKS.values(), ids=STACKS)
def test_a_stack_has_the_labels_of_its_planes(
    segmenter: Segmenter, discs, axes: str, channel: int | None
) -> None:
    sizes = {"T": 2, "Z": 3, "C": 2, "S": 3, "Y": 70, "X": 90}
    wanted = [discs((70, 90), DISCS[: 1 + n % 2]) for n in range(6)]
    label_axes = axes.replace("C", "").replace("S", "")
    stack_axes = [axis for axis in label_axes if axis not in "YX"]
    truth = np.zeros([sizes[a] for a in (*stack_axes, "Y", "X")], np.int32)
    for number, plane_index in enumerate(np.ndindex(truth.shape[:-2])):
        truth[plane_index] = wanted[number]
    order = [(*stack_axes, "Y", "X").index(axis) for axis in label_axes]
    truth = truth.transpose(order)
    image = np.where(truth > 0, 200, 10).astype(np.uint8)
    if "S" in axes:
        image = np.stack([image] * 3, axis=axes.index("S"))
    if "C" in axes:
        channels = [np.zeros_like(image), np.zeros_like(image)]
        channels[channel or 0] = image
        image = np.stack(channels, axis=axes.index("C"))
    result = segmenter.run(image, axes=axes, channel=channel)
    assert result.labels.shape == truth.shape
    assert result.foreground.shape == truth.shape
    np.testing.assert_array_equal(result.labels > 0, truth > 0)
    planes = int(np.prod([sizes[axis] for axis in stack_axes], initial=1))
    assert result.count == sum(int(plane.max()) for plane in wanted[:planes])


def test_the_nuclei_of_a_stack_are_numbered_over_all_planes(
    segmenter: Segmenter, image: NDArray[Any]
) -> None:
    labels = segmenter.segment(np.stack([image, 0 * image, image]), axes="TYX")
    assert np.unique(labels[0]).tolist() == [0, 1, 2, 3, 4, 5]
    assert not labels[1].any()
    assert np.unique(labels[2]).tolist() == [0, 6, 7, 8, 9, 10]
    np.testing.assert_array_equal(labels[2] - 5 * (labels[2] > 0), labels[0])


def test_the_planes_of_a_stack_can_be_numbered_on_their_own(
    segmenter: Segmenter, image: NDArray[Any]
) -> None:
    labels = segmenter.segment(np.stack([image, image]), axes="TYX", numbering="plane")
    for plane in labels:
        assert np.unique(plane).tolist() == [0, 1, 2, 3, 4, 5]


def test_a_channel_has_the_likely_counts_of_its_plane(image: NDArray[Any]) -> None:
    curve = ConfidenceCurve(0.0, 1.0, -1.0, 1.0)
    segmenter = Segmenter(bright, replace(CARD, confidence={"grey": curve}))
    alone = segmenter.run(image).count_range
    assert alone is not None
    channels = np.stack([image * 0, image])
    assert segmenter.run(channels, axes="CYX", channel=1).count_range == alone
    assert segmenter.run(image[None], axes="ZYX").count_range is None


def test_a_stack_without_planes_has_no_nuclei(segmenter: Segmenter) -> None:
    result = segmenter.run(np.zeros((0, 64, 64), np.uint8), axes="TYX")
    assert result.labels.shape == (0, 64, 64)
    assert result.count == 0


class LazyArray:
    """An array that, like dask and zarr, returns pixels only for an index."""

    def __init__(self, pixels: NDArray[Any]) -> None:
        self._pixels = pixels
        self.shape, self.ndim, self.dtype = pixels.shape, pixels.ndim, pixels.dtype
        self.requested: list[tuple[Any, ...]] = []

    def __getitem__(self, index: tuple[Any, ...]) -> NDArray[Any]:
        self.requested.append(index)
        return self._pixels[index]

    def __array__(self, *args: Any, **options: Any) -> NDArray[Any]:
        raise AssertionError("the whole array was requested")


def test_a_lazy_array_is_read_plane_by_plane(
    segmenter: Segmenter, image: NDArray[Any]
) -> None:
    pixels = np.stack([[image, image[::-1]]] * 5)
    lazy = LazyArray(pixels)
    labels = segmenter.segment(lazy, axes="TCYX", channel=1)
    np.testing.assert_array_equal(
        labels, segmenter.segment(pixels, axes="TCYX", channel=1)
    )
    for index in lazy.requested:
        assert [type(part) for part in index] == [int, int, slice, slice]
    times = [index[0] for index in lazy.requested]
    assert set(times) == set(range(5))
    assert len(times) <= 5 + 3  # some are read twice, to measure the diameter


def test_a_single_lazy_plane_is_read_once(
    segmenter: Segmenter, image: NDArray[Any]
) -> None:
    lazy = LazyArray(image)
    segmenter.segment(lazy)
    assert len(lazy.requested) == 1


@pytest.mark.parametrize("planes", [1, 3])
def test_progress_counts_every_tile_to_the_total(
    segmenter: Segmenter, image: NDArray[Any], planes: int
) -> None:
    reported: list[tuple[int, int]] = []
    segmenter.segment(
        np.stack([image] * planes),
        axes="TYX",
        tile=32,
        overlap=8,
        progress=lambda done, total: reported.append((done, total)),
    )
    done, totals = zip(*reported, strict=True)
    assert list(done) == sorted(set(done))
    assert set(totals) == {done[-1]}
    assert len(reported) > planes


def test_raising_from_progress_cancels(
    segmenter: Segmenter, image: NDArray[Any]
) -> None:
    class CancelledError(Exception):
        pass

    def cancel(done: int, total: int) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        segmenter.segment(image, progress=cancel)


@pytest.mark.parametrize("size", [0.25, 0.4, 1, 2, 4, 7])
def test_the_automatic_diameter_scales_nuclei_to_the_model(
    segmenter: Segmenter, discs, size: float
) -> None:
    resized = [(r * size, c * size, 10 * size) for r, c, _ in DISCS]
    truth = discs((round(130 * size), round(190 * size)), resized)
    result = segmenter.run(np.where(truth > 0, 200, 10).astype(np.uint8))
    assert result.count == len(DISCS)
    assert result.diameter == pytest.approx(20 * size, rel=0.25)
    assert 0.5 < 20 * size * result.scale / CARD.diameter < 1.25 * TARGET_RATIO


def test_all_planes_of_a_stack_have_one_scale(segmenter: Segmenter, discs) -> None:
    large = discs((256, 256), [(128, 128, 60)])
    image = np.where(large > 0, 200, 10).astype(np.uint8)
    alone = segmenter.run(image)
    among = segmenter.run(np.stack([np.zeros_like(image), image]), axes="TYX")
    assert alone.scale < 0.5
    assert among.scale == alone.scale
    np.testing.assert_array_equal(among.labels[1], alone.labels)


@pytest.mark.parametrize("diameter", [10, 20, 50])
def test_the_smallest_size_is_in_pixels_of_the_image(
    segmenter: Segmenter, discs, diameter: float
) -> None:
    truth = discs((200, 200), [(50, 50, 8), (120, 120, 20)])
    image = np.where(truth > 0, 200, 10).astype(np.uint8)
    sizes = np.bincount(truth.ravel())
    for min_size, count in (
        (0, 2),
        (sizes[1] * 0.7, 2),
        (sizes[1] * 1.4, 1),
        (sizes[2] * 1.4, 0),
    ):
        config = SegmentConfig(diameter=diameter, min_size=float(min_size))
        assert segmenter.run(image, config=config).count == count


def test_without_inner_distance_touching_discs_are_split_by_the_watershed(
    discs,
) -> None:
    truth = discs((80, 120), [(40, 40, 18), (40, 72, 18)])
    card = ModelCard("foreground only", channels=("foreground",), diameter=36)
    labels = Segmenter(bright_foreground, card).segment(
        np.where(truth > 0, 200, 10).astype(np.uint8)
    )
    counts = count_objects(truth, labels, [0.8])[0]
    assert (counts.tp, counts.fp, counts.fn) == (2, 0, 0)


@pytest.mark.parametrize("shape", [(7, 9), (13, 18), (0, 3), (30, 4)], ids=str)
def test_resizing_keeps_the_mean_and_at_least_a_pixel(
    rng: np.random.Generator, shape: tuple[int, int]
) -> None:
    plane = np.full((13, 18), 0.25, np.float32)
    resized = resize(plane, shape)
    assert resized.shape == tuple(max(1, side) for side in shape)
    np.testing.assert_allclose(resized, 0.25, rtol=1e-6)


def nan_at(row: int) -> NDArray[np.float32]:
    image = np.zeros((20, 20), np.float32)
    image[row, 3] = np.nan
    return image


GREY = np.zeros((20, 20), np.uint8)

BAD: dict[str, tuple[Any, dict[str, Any], type[Exception], str]] = {
    "boolean": (GREY > 0, {}, TypeError, "image is a boolean mask"),
    "complex": (GREY * 1j, {}, TypeError, "got the type complex128"),
    "text": (np.array([["a", "b"], ["c", "d"]]), {}, TypeError, "got the type <U1"),
    "NaN": (nan_at(5), {}, ValueError, "NaN or infinite"),
    "infinite": (np.full((9, 9), np.inf), {}, ValueError, "NaN or infinite"),
    "a dict of settings": (GREY, {"config": {"tile": 64}}, TypeError, "SegmentConfig"),
    "no rows": (GREY[:0], {}, ValueError, "at least 2 pixels a side; got 0 x 20"),
    "one row": (GREY[:1], {}, ValueError, "at least 2 pixels a side; got 1 x 20"),
    "one column": (GREY[:, :1], {}, ValueError, "at least 2 pixels .* got 20 x 1"),
    "a number": (7, {}, ValueError, r"axes Y and X; got the shape \(\)"),
    "five channels": (np.zeros((20, 20, 5)), {}, ValueError, "no RGB in its last axis"),
    "no channel chosen": (
        np.zeros((5, 20, 20)),
        {"axes": "CYX"},
        ValueError,
        "has 5 channels .* choose one",
    ),
    "unknown setting": (GREY, {"size": 3}, TypeError, "size"),
    "bad setting": (GREY, {"tile": 100}, ValueError, "tile must be a multiple of 32"),
    "no pixel size": (GREY, {"diameter": "9um"}, ValueError, "needs a pixel size"),
    "pixel size of 0": (GREY, {"pixel_size": 0}, ValueError, "pixel_size .* got 0"),
    "negative pixel size": (
        GREY,
        {"pixel_size": -0.5, "diameter": "9um"},
        ValueError,
        "pixel_size must be above 0, in µm; got -0.5",
    ),
    "two pixel sizes": (
        GREY,
        {"pixel_size": (1, 2)},
        ValueError,
        r"pixel_size must be above 0, in µm; got \(1, 2\)",
    ),
    "a path": ("a.tif", {}, TypeError, "an array of pixels; got 'a.tif'"),
    "pixel size NaN": (
        GREY,
        {"pixel_size": np.nan},
        ValueError,
        "in µm; got nan",
    ),
}


@pytest.mark.parametrize(
    ("image", "options", "error", "message"), BAD.values(), ids=BAD
)
def test_invalid_images_are_refused(
    segmenter: Segmenter,
    image: Any,
    options: dict[str, Any],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        segmenter.segment(image, **options)


@pytest.mark.parametrize(
    ("pixel_size", "reason"),
    [(1e-7, "larger than the image of 20 x 20 px"), (500.0, "smaller than 2 px")],
)
def test_a_wrong_pixel_size_is_said(
    segmenter: Segmenter, pixel_size: float, reason: str
) -> None:
    with pytest.warns(ImageWarning, match=f"{reason}. Check the diameter"):
        segmenter.segment(GREY, diameter="9um", pixel_size=pixel_size)


def test_a_bad_plane_of_a_stack_is_refused(segmenter: Segmenter) -> None:
    stack = np.stack([nan_at(5) * 0, nan_at(5)])
    stack[0] = 0
    with pytest.raises(ValueError, match="NaN or infinite"):
        segmenter.segment(stack, axes="TYX")


def test_predict_gives_the_foreground_probability(
    segmenter: Segmenter, image: NDArray[Any], truth: NDArray[Any]
) -> None:
    found = segmenter.predict(image, diameter="native")
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found > 0.5, truth > 0)
    stack = segmenter.predict(np.stack([image, image]), axes="ZYX")
    assert stack.shape == (2, *truth.shape)
    channels = segmenter.predict(np.stack([0 * image, image]), axes="CYX", channel=1)
    np.testing.assert_array_equal(channels, segmenter.predict(image))


@pytest.mark.parametrize("method", ["segment", "predict"])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("foo", "has no setting 'foo'; choose from diameter, probability, .*axes"),
        ("diamter", "has no setting 'diamter'; did you mean 'diameter'"),
        ("chanel", "has no setting 'chanel'; did you mean 'channel'"),
    ],
)
def test_a_misspelt_setting_gets_the_nearest_name(
    segmenter: Segmenter, image: NDArray[Any], method: str, name: str, message: str
) -> None:
    with pytest.raises(TypeError, match=f"{method} {message}"):
        getattr(segmenter, method)(image, **{name: 3})
