"""Images that mislead the normalisation or the diameter, with the bundled model."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei import (
    ImageWarning,
    SegmentConfig,
    Segmenter,
    load_segmenter,
    read_labels,
    segment_large,
)
from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.scale.statistics import image_statistics, plane_samples

Image = NDArray[np.float32]


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return load_segmenter()


@pytest.fixture(scope="module")
def cells() -> Image:
    image, _ = synthetic_nuclei((384, 384), seed=7)
    return image.astype(np.float32)


@pytest.fixture(scope="module")
def clean(segmenter: Segmenter, cells: Image) -> int:
    """Return the number of nuclei in the image before anything is done to it."""
    result = segmenter.run(cells)
    assert not result.notes
    return result.count


def scale_bar(cells: Image) -> Image:
    cells[350:362, 250:350] = 40_000
    return cells


def text(cells: Image) -> Image:
    drawn = np.zeros(cells.shape, np.uint8)
    cv2.putText(drawn, "20 um 00:15", (10, 370), cv2.FONT_HERSHEY_PLAIN, 2, 1, 2)
    return np.where(drawn > 0, np.float32(50_000), cells)


def hot_pixels(cells: Image) -> Image:
    rng = np.random.default_rng(0)
    rows, columns = rng.integers(0, 384, (2, 800))
    cells[rows, columns] = rng.uniform(20_000, 60_000, 800)
    return cells


def gradient(cells: Image) -> Image:
    rows, columns = np.mgrid[:384, :384]
    return cells + np.ptp(cells) * 8 * ((rows + columns) / 768).astype(np.float32)


@pytest.mark.parametrize(
    ("spoil", "note"),
    [
        (scale_bar, "far from all others"),
        (text, "far from all others"),
        (hot_pixels, "far brighter"),
        (gradient, "subtracted"),
    ],
)
def test_a_degraded_image_has_its_nuclei_and_a_note(
    segmenter: Segmenter, cells: Image, clean: int, spoil, note: str
) -> None:
    result = segmenter.run(spoil(cells.copy()))
    assert result.count == pytest.approx(clean, rel=0.07)
    assert note in " ".join(result.notes)


@pytest.mark.parametrize("value", [0, -1000])
def test_a_border_changes_nothing(
    segmenter: Segmenter, cells: Image, value: float
) -> None:
    cells = cells + 3000
    crop = segmenter.run(cells[90:]).count
    padded = cells.copy()
    padded[:90] = value
    assert segmenter.run(padded).count == pytest.approx(crop, rel=0.03)


@pytest.mark.parametrize("grain", [0, 2, 5, 12])
def test_noise_holds_no_nuclei_and_is_not_enlarged(
    segmenter: Segmenter, grain: float
) -> None:
    noise = np.random.default_rng(3).normal(size=(500, 500)).astype(np.float32)
    if grain:
        noise = cv2.GaussianBlur(noise, (0, 0), grain)
    result = segmenter.run(noise)
    assert (result.count, result.scale) == (0, 1)
    assert "looks like noise" in result.notes[0]


def vignette() -> Image:
    rows, columns = np.mgrid[:400, :400] - 200
    noise = np.random.default_rng(0).normal(0, 8, rows.shape)
    return (900 - (rows**2 + columns**2) / 150 + noise).astype(np.float32)


def empty_well() -> Image:
    rows, columns = np.mgrid[:400, :400] - 200
    inside = rows**2 + columns**2 < 185**2
    noise = np.random.default_rng(0).normal(0, 8, rows.shape)
    return (100 + 400 * inside + noise).astype(np.float32)


@pytest.mark.parametrize("make", [vignette, empty_well])
def test_illumination_is_no_nucleus(segmenter: Segmenter, make) -> None:
    assert segmenter.run(make()).count == 0


@pytest.mark.parametrize("ratio", [3, 2.2, 1.5])
def test_a_noisy_image_has_the_nuclei_of_a_blurred_one(
    segmenter: Segmenter, ratio: float
) -> None:
    """The ratio is that of the median contrast of the nuclei to the noise."""
    image, labels = synthetic_nuclei((384, 384), seed=7)
    contrast = np.median(image[labels > 0]) - np.median(image[labels == 0])
    noise = np.random.default_rng(1).normal(0, contrast / ratio, image.shape)
    noisy = (image + noise).astype(np.float32)
    blurred = segmenter.run(cv2.GaussianBlur(noisy, (0, 0), 1.5)).count
    assert segmenter.run(noisy).count >= 0.95 * blurred


@pytest.mark.parametrize("full", [[2], [1, 2, 3]])
def test_empty_planes_do_not_decide_the_scale_of_a_stack(
    segmenter: Segmenter, cells: Image, clean: int, full: list[int]
) -> None:
    noise = np.random.default_rng(0).normal(20, 4, (5, *cells.shape))
    stack = noise.astype(np.float32)
    stack[full] = cells
    result = segmenter.run(stack, axes="ZYX")
    counts = [len(np.unique(plane)) - 1 for plane in result.labels]
    assert counts == [clean if plane in full else 0 for plane in range(5)]
    assert result.scale == 1


def test_nothing_is_corrected_if_it_is_switched_off(
    segmenter: Segmenter, cells: Image
) -> None:
    spoilt = gradient(cells.copy())
    result = segmenter.run(spoilt, config=SegmentConfig(correct=False))
    assert not result.notes


def test_only_labels_without_notes_come_with_a_warning(
    segmenter: Segmenter, cells: Image, clean: int, recwarn: pytest.WarningsRecorder
) -> None:
    spoilt = scale_bar(cells.copy())
    notes = segmenter.run(spoilt).notes
    assert not recwarn.list
    segmenter.segment(spoilt)
    (warning,) = recwarn.list
    assert (str(warning.message),) == notes
    assert warning.category is ImageWarning
    assert warning.filename == __file__


def grey_and_cells(cells: Image) -> tuple[Image, Image]:
    """Return the nuclei, 0 to 1, and a second stain of the cells round them."""
    low, high = np.percentile(cells, (0.5, 99.8))
    grey = ((cells - low) / (high - low)).clip(0, 1)
    noise = np.random.default_rng(0).uniform(0.5, 1, cells.shape)
    wide = cv2.dilate((grey > 0.3).astype(np.float32), np.ones((15, 15)))
    stain = cv2.GaussianBlur(wide * noise.astype(np.float32), (0, 0), 2)
    return grey.astype(np.float32), np.asarray(0.8 * stain, np.float32)


@pytest.mark.parametrize("channel", [0, 1, 2], ids=["red", "green", "blue"])
@pytest.mark.parametrize("others", [1, 2], ids=["one stain", "two stains"])
def test_a_composite_saved_as_rgb_has_the_nuclei_of_its_channel(
    segmenter: Segmenter, cells: Image, channel: int, others: int
) -> None:
    grey, stain = grey_and_cells(cells)
    planes = [np.zeros_like(grey)] * 3
    planes[channel], planes[channel - 1] = grey, stain
    if others == 2:
        planes[channel - 2] = stain[::-1] * 0.8
    rgb = (np.stack(planes, axis=-1) * 250).astype(np.uint8)
    result = segmenter.run(rgb)
    np.testing.assert_array_equal(
        result.labels, segmenter.run(rgb[..., channel]).labels
    )
    colour = ("red", "green", "blue")[channel]
    assert f"Its {colour} channel was segmented" in result.notes[0]
    np.testing.assert_array_equal(
        segmenter.run(rgb, channel=colour).labels, result.labels
    )


def test_blocks_of_a_composite_have_the_labels_of_the_whole(
    segmenter: Segmenter, cells: Image, tmp_path: Path
) -> None:
    grey, stain = grey_and_cells(cells)
    rgb = np.stack([stain, np.zeros_like(grey), grey], axis=-1)
    rgb = (rgb * 250).astype(np.uint8)
    large = segment_large(rgb, tmp_path / "out.zarr", model=segmenter, block=128)
    whole = segmenter.run(rgb)
    assert large.notes == whole.notes != ()
    np.testing.assert_array_equal(read_labels(large.labels) > 0, whole.labels > 0)


def test_stained_tissue_is_no_composite(segmenter: Segmenter, cells: Image) -> None:
    grey, stain = grey_and_cells(cells)
    white = np.ones_like(grey)
    rgb = np.stack([white - 0.6 * grey, white - 0.6 * grey, white - 0.3 * grey], -1)
    rgb[..., 1] -= 0.2 * stain
    result = segmenter.run((rgb * 250).clip(0, 255).astype(np.uint8))
    assert result.notes == ()


def test_the_background_of_a_large_plane_is_that_of_the_plane_in_memory(
    segmenter: Segmenter,
    cells: Image,
    clean: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steep = gradient(cells.copy())
    for module in (image_statistics, plane_samples):
        monkeypatch.setattr(module, "MAX_FULL_READ_PIXELS", 1)
    monkeypatch.setattr(plane_samples, "DIAMETER_REGION_SIZE", 256)
    layout = make_layout(steep.shape)
    found = image_statistics.compute_image_statistics(
        segmenter, steep, layout, SegmentConfig(), None
    )
    (preparation,) = found.preparations
    whole = segmenter.choose_preparation(steep, SegmentConfig())
    assert preparation.background is not None
    assert preparation.as_dict() == whole.as_dict()
    large = segment_large(steep, tmp_path / "out.zarr", model=segmenter, block=200)
    assert large.nuclei == pytest.approx(clean, rel=0.07)
    assert "subtracted" in large.notes[0]


@pytest.fixture(scope="module")
def large_nuclei() -> Image:
    image, _ = synthetic_nuclei((768, 768), diameter=120, count=20, seed=4)
    return image.astype(np.float32)


def test_nuclei_that_are_too_small_next_to_large_ones_are_not_lost_in_silence(
    segmenter: Segmenter, large_nuclei: Image
) -> None:
    image, small = synthetic_nuclei((768, 768), diameter=18, count=150, seed=5)
    mixed = np.maximum(large_nuclei, np.where(small > 0, image, 0))
    found = segmenter.run(np.stack([mixed] * 3), axes="TYX")
    assert found.count / 3 < 100
    (note,) = found.notes
    assert "set the diameter to 1" in note and note.endswith("(plane 0)")
    diameter = float(note.split("diameter to ")[1].split(".")[0])
    again = segmenter.run(mixed, config=SegmentConfig(diameter=diameter))
    assert again.count > 120 and not again.notes


def test_large_nuclei_alone_have_no_note(
    segmenter: Segmenter, large_nuclei: Image
) -> None:
    assert not segmenter.run(large_nuclei).notes
