from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from napari.layers import Image

from napari_nuclei.config import TrainConfig
from napari_nuclei.widgets.layers.image_source import (
    make_image_source,
)
from napari_nuclei.widgets.train.annotated_image import AnnotatedImage
from napari_nuclei.widgets.train.samples_from_layers import (
    BACKGROUND_IN_BOXES,
    CORRECTIONS_ONLY,
    IGNORE_UNPAINTED,
    UNPAINTED_IS_BACKGROUND,
    collect_samples,
    read_annotated_planes,
    split_samples,
)

CENTRES = [(r, c, 8) for r in (20, 60, 100) for c in (20, 60, 100)]
BACKGROUND = 99


@pytest.fixture
def painted(discs):
    """Return an image named "cells" with nine nuclei and a strip of background."""
    labels = discs((120, 120), CENTRES)
    source = make_image_source(
        Image(np.where(labels > 0, 200, 0).astype(np.uint8), name="cells"), (0, 0)
    )
    labels[36:44] = BACKGROUND
    return AnnotatedImage(source, labels, {}, background=BACKGROUND)


def test_ignored_areas_are_not_annotated(painted) -> None:
    (sample,) = read_annotated_planes(painted, IGNORE_UNPAINTED)
    assert sample.annotated[36:44].all()  # painted background
    assert not sample.annotated[:8].any()
    assert sample.annotated[sample.labels > 0].all()
    assert sample.labels.max() == 9
    assert BACKGROUND in painted.labels  # the layer is not changed


def test_background_everywhere_annotates_every_pixel(painted) -> None:
    (sample,) = read_annotated_planes(painted, UNPAINTED_IS_BACKGROUND)
    assert sample.annotated is None
    assert BACKGROUND in sample.labels


def test_the_inside_of_boxes_is_annotated(painted) -> None:
    boxes = np.zeros((120, 120), bool)
    boxes[50:, :70] = True
    (sample,) = read_annotated_planes(
        replace(painted, boxes=boxes), BACKGROUND_IN_BOXES
    )
    assert sample.annotated[boxes].all()
    assert not sample.annotated[:8].any()


def test_only_corrections_are_annotated(painted, discs) -> None:
    predicted = discs((120, 120), CENTRES)
    corrected = np.where(predicted == 1, 0, predicted)
    pair = replace(
        painted,
        labels=corrected,
        metadata={"napari_nuclei": {"prediction": predicted, "model": "nuclei"}},
    )
    (sample,) = read_annotated_planes(pair, CORRECTIONS_ONLY)
    assert sample.annotated[predicted == 1].all()
    assert not sample.annotated[predicted == 9].any()
    with pytest.raises(ValueError, match="are as Segment nuclei made them"):
        read_annotated_planes(replace(pair, labels=predicted), CORRECTIONS_ONLY)


def test_accepted_nuclei_and_planes_of_deleted_nuclei_are_annotated(
    painted, discs
) -> None:
    predicted = discs((120, 120), CENTRES)
    metadata = {
        "napari_nuclei": {"prediction": predicted},
        "napari_nuclei_corrections": {"accepted": [5]},
    }
    pair = replace(painted, labels=predicted.copy(), metadata=metadata)
    (sample,) = read_annotated_planes(pair, CORRECTIONS_ONLY)
    assert np.unique(sample.labels).tolist() == [0, 5]
    assert not sample.annotated[predicted == 1].any()
    pair = replace(pair, labels=np.zeros_like(predicted))
    config = TrainConfig.fine_tuning()
    (training,), (held_out,) = split_samples([pair], CORRECTIONS_ONLY, config)
    assert not training.labels.any()
    assert not held_out.labels.any()
    annotated = training.annotated | held_out.annotated
    assert annotated[predicted > 0].all()
    assert not (training.annotated & held_out.annotated).any()


def test_corrections_are_tested_with_the_nuclei_that_were_right(painted, discs) -> None:
    predicted = discs((120, 120), CENTRES)
    corrected = np.where(np.isin(predicted, (1, 2, 8)), 0, predicted)
    metadata = {"napari_nuclei": {"prediction": predicted}}
    pairs = [replace(painted, labels=corrected, metadata=metadata)] * 2
    config = TrainConfig.fine_tuning()
    training, held_out = split_samples(pairs[:1], CORRECTIONS_ONLY, config)
    assert not training[0].labels.any()
    assert not (training[0].annotated & held_out[0].annotated).any()
    nuclei = np.unique(held_out[0].labels)
    assert len(nuclei) > 1
    np.testing.assert_array_equal(
        held_out[0].labels, np.where(np.isin(corrected, nuclei), corrected, 0)
    )
    training, held_out = split_samples(pairs, CORRECTIONS_ONLY, config)
    assert {sample.name[:7] for sample in training} == {"1 cells", "2 cells"}
    assert all(sample.labels.any() for sample in held_out)


@pytest.mark.parametrize(
    ("changes", "unpainted", "message"),
    [
        (
            {"labels": np.ones((9, 120), int)},
            IGNORE_UNPAINTED,
            r"labels for cells must have the shape of the image, \(120, 120\); got",
        ),
        (
            {"labels": np.zeros((120, 120), int)},
            IGNORE_UNPAINTED,
            "No nuclei are painted on cells. Paint at least two nuclei, each with its "
            "own number",
        ),
        ({}, BACKGROUND_IN_BOXES, "Draw boxes in a Shapes layer"),
        (
            {"boxes": np.zeros((120, 120), bool)},
            BACKGROUND_IN_BOXES,
            "Draw boxes in a Shapes layer",
        ),
        ({}, CORRECTIONS_ONLY, "This layer was not made by Segment nuclei"),
        (
            {"metadata": {"napari_nuclei": {"prediction": np.ones((9, 9), int)}}},
            CORRECTIONS_ONLY,
            "This layer was not made by Segment nuclei",
        ),
    ],
    ids=[
        *("shape", "nothing painted", "no boxes", "empty boxes"),
        *("no prediction", "prediction of another image"),
    ],
)
def test_labels_that_cannot_be_used_are_refused(
    painted, changes, unpainted, message
) -> None:
    with pytest.raises(ValueError, match=message):
        read_annotated_planes(replace(painted, **changes), unpainted)


@pytest.fixture
def stack(discs):
    """Return an image of three planes, of which the last two are painted."""
    labels = np.stack([discs((120, 120), CENTRES[:n]) for n in (0, 4, 9)])
    layer = Image((labels > 0).astype(np.uint8), name="stack")
    return AnnotatedImage(make_image_source(layer, (0, 0, 0)), labels, {}), layer


def test_planes_without_labels_are_left_out(stack) -> None:
    pair, _ = stack
    samples = read_annotated_planes(pair, UNPAINTED_IS_BACKGROUND)
    assert [sample.name for sample in samples] == ["stack 1", "stack 2"]
    assert [sample.labels.max() for sample in samples] == [4, 9]


def test_samples_of_several_images_are_numbered_by_image(stack, painted) -> None:
    samples, groups = collect_samples([stack[0], painted], UNPAINTED_IS_BACKGROUND)
    assert [sample.name for sample in samples] == ["1 stack 1", "1 stack 2", "2 cells"]
    assert groups == [0, 0, 1]


def test_a_part_is_held_out_unless_test_images_are_chosen(painted, stack) -> None:
    config = TrainConfig.fine_tuning()
    pair = replace(painted, labels=np.where(painted.labels < 10, painted.labels, 0))
    (training,), (held_out,) = split_samples([pair], UNPAINTED_IS_BACKGROUND, config)
    assert not (training.annotated & held_out.annotated).any()
    training, held_out = split_samples(
        [pair], UNPAINTED_IS_BACKGROUND, config, [stack[0]]
    )
    assert [sample.name for sample in training] == ["cells"]
    assert [sample.name for sample in held_out] == [
        "stack 1 (held out)",
        "stack 2 (held out)",
    ]
    with pytest.raises(ValueError, match="cells is a training image; test on another"):
        split_samples([pair], UNPAINTED_IS_BACKGROUND, config, [pair])
