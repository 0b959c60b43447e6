from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_nuclei.config import AugmentConfig, TrainConfig, outputs
from napari_nuclei.core.diameter import network_scale
from napari_nuclei.core.targets import decode_offsets
from napari_nuclei.data.datasets import Sample
from napari_nuclei.training.sampling.patches import (
    DIAMETER_RANGE,
    crop_patch,
    resize_to_patch,
    sample_batch,
    sample_scale,
)
from napari_nuclei.training.sampling.pyramid import (
    SamplePyramid,
    build_pyramid,
)
from napari_nuclei.training.sampling.source_weights import sampling_weights

Addressed = Callable[[int, int], SamplePyramid]

NONE = AugmentConfig.none()
ONE = np.ones(1)
GEOMETRY = replace(NONE, flip=True, rotate=True, scale=4.0)


@given(seed=st.integers(0, 10_000), height=st.integers(32, 99))
def test_a_patch_without_augmentation_is_an_exact_copy(
    addressed: Addressed, seed: int, height: int
) -> None:
    source = addressed(height, 80)
    image, target = crop_patch(source, 32, NONE, np.random.default_rng(seed))
    pixels = (image * 255).round().astype(int)
    row, column = pixels[0, 0, :2]
    window = slice(row, row + 32), slice(column, column + 32)
    np.testing.assert_array_equal(pixels, source.images[0][window])
    wanted = source.targets[0][window]
    np.testing.assert_allclose(target[..., :3] * 255, wanted, atol=1e-4)
    assert (target[..., 3] == 1).all()


def test_a_patch_of_the_image_s_size_is_the_image(addressed: Addressed) -> None:
    source = addressed(64, 64)
    image, _ = crop_patch(source, 64, NONE, np.random.default_rng(0))
    np.testing.assert_array_equal((image * 255).round(), source.images[0])


def test_patches_cover_the_whole_image(addressed: Addressed) -> None:
    source, covered = addressed(70, 50), np.zeros((70, 50), bool)
    for seed in range(400):
        image, _ = crop_patch(source, 32, NONE, np.random.default_rng(seed))
        row, column = (image[0, 0, :2] * 255).round().astype(int)
        covered[row : row + 32, column : column + 32] = True
    assert covered.all()


@given(seed=st.integers(0, 10_000), size=st.sampled_from([32, 64, 160]))
def test_image_and_target_rotate_together(seed: int, size: int) -> None:
    labels = np.zeros((90, 110), np.int32)
    labels[10:30, 12:50], labels[40:80, 60:75] = 1, 2
    source = build_pyramid(
        Sample("x", np.where(labels > 0, 9, 3).astype(np.uint8), labels)
    )
    image, target = crop_patch(source, size, GEOMETRY, np.random.default_rng(seed))
    assert image.shape == (size, size, 3)
    # OpenCV interpolates two and three channels with different rounding.
    clear = np.abs(image[..., 0] - 0.5) > 0.1
    np.testing.assert_array_equal(image[clear, 0] > 0.5, target[clear, 0] == 1)


@pytest.mark.parametrize("seed", range(8))
def test_a_resized_image_and_its_target_rotate_together(
    sample: Sample, seed: int
) -> None:
    image, target = resize_to_patch(
        build_pyramid(sample), 64, GEOMETRY, np.random.default_rng(seed)
    )
    bright = (image[..., 0] * 255).round() > 127
    np.testing.assert_array_equal(bright, target[..., 0] == 1)


def test_rotation_and_mirroring_give_different_patches(sample: Sample) -> None:
    source = build_pyramid(sample)
    turned = replace(NONE, rotate=True, flip=True)
    found = [
        resize_to_patch(source, 32, turned, np.random.default_rng(s))[0]
        for s in range(60)
    ]
    assert len({patch.tobytes() for patch in found}) == 8


@pytest.mark.parametrize("sampling", ["patches", "resize"])
def test_a_batch_has_the_shapes_and_ranges_that_the_network_needs(
    sample: Sample, config: TrainConfig, sampling: str
) -> None:
    config = replace(config, sampling=sampling)
    images, targets = sample_batch(
        [build_pyramid(sample)], np.ones(1), config, np.random.default_rng(0)
    )
    assert images.shape == (6, 64, 64, 3)
    assert targets.shape == (6, 64, 64, 5)
    assert images.dtype == targets.dtype == np.float32
    for values in (images, targets[..., [0, 1, 3, 4]]):
        assert values.min() >= 0
        assert values.max() <= 1
    assert set(np.unique(targets[..., 0])) == {0, 1}
    assert not targets[..., 1][targets[..., 0] == 0].max() > 0.5
    np.testing.assert_array_equal(targets[..., 2], 1)


@pytest.mark.parametrize("seed", range(8))
def test_offsets_point_to_the_centre_after_any_rotation(discs, seed: int) -> None:
    labels = discs((200, 240), [(60, 70, 12), (140, 90, 20), (100, 180, 15)])
    source = build_pyramid(Sample("discs", np.zeros(labels.shape, np.uint8), labels))
    augment = replace(AugmentConfig(), scale=3.0)
    target = crop_patch(source, 128, augment, np.random.default_rng(seed))[1]
    inside = np.argwhere(target[..., 4:].max(axis=-1) != 0.5)
    assert len(inside)
    ends = inside + decode_offsets(target[..., 4:])[tuple(inside.T)]
    depth = target[..., 1][tuple(inside.T)]
    for end in np.unique(ends[depth > 0.3].round(), axis=0).astype(int):
        if (end >= 0).all() and (end < 128).all():
            assert target[tuple(end)][1] > 0.85  # deep in a nucleus


def test_the_background_has_no_offset(sample: Sample, config: TrainConfig) -> None:
    config = replace(config, augment=NONE)
    _, targets = sample_batch(
        [build_pyramid(sample)], np.ones(1), config, np.random.default_rng(0)
    )
    outside = targets[..., 1] == 0
    assert outside.any()
    np.testing.assert_array_equal(targets[..., 3:][outside], 0.5)


def test_border_pixels_weigh_more(config: TrainConfig) -> None:
    labels = np.repeat([[1, 2]], 32, axis=1).repeat(64, axis=0)
    source = build_pyramid(Sample("halves", np.zeros((64, 64), np.uint8), labels))
    plain = replace(config, augment=NONE, border_weight=3.0)
    _, targets = sample_batch([source], np.ones(1), plain, np.random.default_rng(0))
    expected = np.ones((64, 64))
    expected[:, 30:34] = 4
    for target in targets:
        np.testing.assert_array_equal(target[..., 2], expected)


@pytest.mark.parametrize("sampling", ["patches", "resize"])
def test_the_same_seed_gives_the_same_batch(
    sample: Sample, config: TrainConfig, sampling: str
) -> None:
    config = replace(config, sampling=sampling)
    sources = [build_pyramid(sample)]
    first, same, other = (
        sample_batch(sources, np.ones(1), config, np.random.default_rng(seed))
        for seed in (5, 5, 6)
    )
    for one, two in zip(first, same, strict=True):
        np.testing.assert_array_equal(one, two)
    assert not np.array_equal(first[0], other[0])


def test_sources_are_drawn_by_their_weights(
    sample: Sample, config: TrainConfig
) -> None:
    dark = Sample("dark", np.zeros_like(sample.image), np.zeros_like(sample.labels))
    sources = [build_pyramid(dark), build_pyramid(sample)]
    plain = replace(config, augment=NONE)
    rng = np.random.default_rng(0)
    images, targets = sample_batch(sources, np.array([1.0, 0.0]), plain, rng)
    assert not images.any()
    assert not targets[..., :2].any()


def test_rare_kinds_of_image_are_drawn_more_often(sample: Sample) -> None:
    common, rare = (
        build_pyramid(sample),
        replace(build_pyramid(sample), kind=(True, True, 5)),
    )
    weights = sampling_weights([common, common, common, common, rare])
    assert weights.sum() == pytest.approx(1)
    assert weights[4] == pytest.approx(2 * weights[0])


@given(diameter=st.floats(1, 500), factor=st.floats(1, 4), seed=st.integers(0, 10_000))
def test_scaling_stays_within_its_factor_or_brings_nuclei_into_range(
    diameter: float, factor: float, seed: int
) -> None:
    scale = sample_scale(diameter, None, factor, np.random.default_rng(seed))
    low, high = (limit / diameter for limit in DIAMETER_RANGE)
    assert scale >= min(1 / factor, high) * 0.999 or scale >= low / factor
    assert scale <= max(factor, low) * 1.001
    if factor == 1:
        assert scale == 1


def test_most_patches_are_at_the_network_scale() -> None:
    rng = np.random.default_rng(0)
    scales = np.array([sample_scale(80, 20, 1.5, rng) for _ in range(400)])
    expected = network_scale(80 / 20)
    worked = (scales > expected / 1.51) & (scales < expected * 1.51)
    assert 0.65 < worked.mean() < 0.85
    assert sample_scale(80, 20, 1.0, rng) == pytest.approx(expected)
    assert sample_scale(25, 20, 1.0, rng) == 1


def test_preparing_measures_diameter_kind_and_centres(discs) -> None:
    labels = discs((90, 110), [(20, 20, 8), (50, 70, 8), (75, 30, 8)])
    colour = np.where(labels[..., np.newaxis] > 0, (90, 10, 120), (250, 240, 245))
    source = build_pyramid(Sample("tissue", colour.astype(np.uint8), labels))
    assert source.diameter == pytest.approx(16, rel=0.1)
    assert source.kind == (True, True, 4)
    rows, columns = source.centres.astype(int).T
    assert set(labels[rows, columns]) == {1, 2, 3}
    assert [image.shape[:2] for image in source.images] == [
        (90, 110),
        (45, 55),
        (22, 27),
    ]
    assert [x.shape for x in source.targets] == [(90, 110, 3), (45, 55, 3), (22, 27, 3)]


def test_preparing_modifies_nothing(sample: Sample) -> None:
    before = sample.image.copy(), sample.labels.copy()
    sample.image.flags.writeable = sample.labels.flags.writeable = False
    build_pyramid(sample)
    np.testing.assert_array_equal(sample.image, before[0])
    np.testing.assert_array_equal(sample.labels, before[1])


@pytest.mark.parametrize("shape", [(2, 3), (20, 300), (31, 31)])
def test_small_images_without_nuclei_still_give_patches(
    shape: tuple[int, int], config: TrainConfig, rng: np.random.Generator
) -> None:
    image = rng.integers(0, 255, (*shape, 3)).astype(np.uint8)
    source = build_pyramid(Sample("small", image, np.zeros(shape, np.int32)))
    _, targets = sample_batch([source], np.ones(1), config, rng)
    assert not targets[..., :2].any()


def test_pixels_outside_the_annotated_mask_have_no_weight(
    sample: Sample, config: TrainConfig
) -> None:
    annotated = np.zeros(sample.labels.shape, bool)
    annotated[:, :60] = True
    source = build_pyramid(replace(sample, annotated=annotated))
    rng = np.random.default_rng(0)
    _, target = crop_patch(source, 64, NONE, rng)
    assert 0 < target[..., 3].mean() < 1
    assert set(np.unique(target[..., 3])) == {0, 1}
    # A rotated and scaled patch contains no annotation outside the image's.
    image = (annotated * 200).astype(np.uint8)
    source = build_pyramid(Sample("annotated", image, sample.labels, annotated))
    for seed in range(20):
        shown, target = crop_patch(source, 64, GEOMETRY, np.random.default_rng(seed))
        assert (shown[target[..., 3] > 0] > 0.9).all()


def test_patches_contain_annotated_pixels(discs) -> None:
    labels = discs((600, 600), [(40, 40, 6)])
    annotated = labels > 0
    annotated[300:340, 300:340] = True
    source = build_pyramid(
        Sample("annotated", np.zeros((600, 600), np.uint8), labels, annotated)
    )
    for seed in range(40):
        _, target = crop_patch(source, 64, NONE, np.random.default_rng(seed))
        assert target[..., 3].any()


def test_graphics_hide_nuclei_without_teaching_that_they_are_background(
    sample: Sample,
) -> None:
    source = build_pyramid(sample)
    plain = TrainConfig(batch=24, patch_size=64, augment=NONE)
    drawn = replace(plain, augment=replace(NONE, graphics=1.0))
    names = outputs.batch_targets()
    foreground, weight = (names.index(x) for x in (outputs.FOREGROUND, outputs.WEIGHT))
    hidden = 0
    images, targets = sample_batch([source], ONE, drawn, np.random.default_rng(0))
    for image, target in zip(images, targets, strict=True):
        ignored = target[..., weight] == 0
        assert (target[ignored, foreground] > 0).all()
        assert np.isin(image[ignored], (0, 1)).all()
        hidden += ignored.any()
    assert hidden > 5
    _, targets = sample_batch([source], ONE, plain, np.random.default_rng(0))
    assert (targets[..., weight] > 0).all()


def test_every_augmentation_works_in_a_batch(sample: Sample) -> None:
    everything = AugmentConfig(
        **dict.fromkeys(
            (
                "stain",
                "stain_mix",
                "counterstain",
                "light",
                "defocus",
                "jpeg",
                "background",
                "shot_noise",
                "hot_pixels",
                "graphics",
            ),
            1.0,
        )
    )
    config = TrainConfig(batch=6, patch_size=64, augment=everything)
    source = build_pyramid(sample)
    images, targets = sample_batch([source], ONE, config, np.random.default_rng(0))
    assert np.isfinite(images).all()
    assert images.min() >= 0
    assert images.max() <= 1
    assert np.isfinite(targets).all()
