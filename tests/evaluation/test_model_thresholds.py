from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.config.outputs import REQUIRED_CHANNELS
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.maps import OutputMaps
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation.model_thresholds import choose_thresholds

Floats = NDArray[np.float32]


def no_network(tiles: Floats) -> Floats:
    raise AssertionError("thresholds are tried on maps that are there already")


SEGMENTER = Segmenter(no_network, ModelCard("any"))


def sample_of(truth: NDArray[np.int32]) -> Sample:
    return Sample("discs", (truth > 0).astype(np.uint8), truth)


def maps_of(foreground: Floats, distance: Floats, scale: float = 1.0) -> OutputMaps:
    return OutputMaps(
        np.stack([foreground, distance]), foreground.shape, scale, REQUIRED_CHANNELS
    )


def test_the_probability_at_which_outlines_fit_is_chosen(discs) -> None:
    truth = discs((80, 80), [(40, 40, 12)])
    halo = discs((80, 80), [(40, 40, 17)])
    foreground = np.where(truth > 0, 0.9, np.where(halo > 0, 0.45, 0))
    maps = maps_of(foreground.astype(np.float32), (truth > 0).astype(np.float32))
    found = choose_thresholds(SEGMENTER, [maps], [sample_of(truth)])
    assert 0.45 < found.probability < 0.9
    assert found.mean_ap == 1


@pytest.mark.parametrize(("saddle", "peak"), [(0.42, 0.48), (0.1, 0.32)])
def test_the_splitting_that_separates_touching_nuclei_is_chosen(
    discs, saddle: float, peak: float
) -> None:
    body = discs((80, 120), [(40, 40, 16), (40, 62, 16)]) > 0
    truth = (body * np.where(np.arange(120) < 51, 1, 2)).astype(np.int32)
    seeds = discs((80, 120), [(40, 40, 7), (40, 62, 7)])
    foreground = body.astype(np.float32)
    distance = np.where(seeds > 0, peak, saddle * foreground).astype(np.float32)
    maps = maps_of(foreground, distance)
    found = choose_thresholds(SEGMENTER, [maps], [sample_of(truth)])
    assert saddle < found.splitting <= peak


@pytest.mark.parametrize("real", [False, True], ids=["debris", "small nuclei"])
def test_small_objects_are_dropped_unless_they_are_nuclei(discs, real: bool) -> None:
    large = [(40, 40, 12), (40, 80, 12)]
    small = [(10, 10, 2), (10, 30, 2), (70, 100, 2), (70, 20, 2)]
    everything = discs((80, 120), [*large, *small])
    assert 12 <= np.bincount(everything.ravel())[3] < 24
    foreground = (everything > 0).astype(np.float32)
    truth = everything if real else discs((80, 120), large)
    found = choose_thresholds(
        SEGMENTER, [maps_of(foreground, foreground)], [sample_of(truth)]
    )
    assert found.min_size == (12 if real else 24)
    assert found.mean_ap == 1


@pytest.mark.parametrize("real", [False, True], ids=["false nuclei", "faint nuclei"])
def test_low_confidence_nuclei_are_dropped_unless_they_are_nuclei(
    discs, real: bool
) -> None:
    clear, faint = [(40, 40, 12), (40, 80, 12)], [(15, 15, 9), (65, 105, 9)]
    everything = discs((80, 120), [*clear, *faint])
    truth = everything if real else discs((80, 120), clear)
    foreground = np.where(everything > 2, 0.68, np.where(everything > 0, 0.95, 0))
    maps = maps_of(foreground.astype(np.float32), (everything > 0).astype(np.float32))
    found = choose_thresholds(SEGMENTER, [maps], [sample_of(truth)])
    card = found.apply_to(SEGMENTER.card)
    labels = Segmenter(no_network, card).label(maps)
    assert (found.min_confidence, labels.dropped.low_confidence) == (
        (0, 0) if real else (0.7, 2)
    )
    assert found.mean_ap == 1


def test_all_images_count_together(discs) -> None:
    crowded = discs((80, 120), [(20, 20 * n, 6) for n in range(1, 6)])
    isolated = discs((80, 120), [(40, 60, 6)])
    high, low = (
        np.where(truth > 0, 0.55, np.where(discs((80, 120), [(60, 60, 5)]) > 0, p, 0))
        for truth, p in ((crowded, 0.45), (isolated, 0.0))
    )
    maps = [maps_of(p.astype(np.float32), p.astype(np.float32)) for p in (high, low)]
    found = choose_thresholds(
        SEGMENTER, maps, [sample_of(crowded), sample_of(isolated)]
    )
    assert found.probability == 0.5
    assert found.mean_ap == 1


def test_without_samples_there_is_nothing_to_choose_on() -> None:
    with pytest.raises(ValueError, match="at least one sample"):
        choose_thresholds(SEGMENTER, [], [])


def test_each_sample_needs_its_maps(discs) -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        choose_thresholds(SEGMENTER, [], [sample_of(discs((20, 20), [(9, 9, 5)]))])
