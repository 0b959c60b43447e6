from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image, Labels, Shapes

from napari_nuclei.widgets.train.data_controls import (
    FROM_FILES,
    FROM_LAYERS,
    HELD_OUT_PART,
)
from napari_nuclei.widgets.train.samples_from_layers import (
    BACKGROUND_IN_BOXES,
    IGNORE_UNPAINTED,
    UNPAINTED_IS_BACKGROUND,
    UNPAINTED_MODES,
)


def shown(form) -> set[str]:
    """Return the names of the data controls that are not hidden."""
    controls = (*form.data.controls, *form.held_out.controls)
    return {control.name for control in controls if not control.native.isHidden()}


def test_files_are_completely_annotated_and_layers_partly_by_default(make_form) -> None:
    data = make_form().data
    assert data.unpainted.choices == UNPAINTED_MODES
    for train_on, unpainted in (
        (FROM_FILES, UNPAINTED_IS_BACKGROUND),
        (FROM_LAYERS, IGNORE_UNPAINTED),
    ):
        data.train_on.value = train_on
        assert data.unpainted.value == unpainted


@pytest.mark.parametrize(
    ("train_on", "unpainted", "own_test", "names"),
    [
        (FROM_LAYERS, IGNORE_UNPAINTED, False, {"image", "labels", "background"}),
        (FROM_LAYERS, BACKGROUND_IN_BOXES, False, {"image", "labels", "boxes"}),
        (
            FROM_LAYERS,
            UNPAINTED_IS_BACKGROUND,
            True,
            {"image", "labels", "test_image", "test_labels"},
        ),
        (FROM_FILES, IGNORE_UNPAINTED, False, {"folder", "labels_folder"}),
        (
            FROM_FILES,
            UNPAINTED_IS_BACKGROUND,
            True,
            {"folder", "labels_folder", "test_folder"},
        ),
    ],
    ids=["layers", "boxes", "test layers", "folder", "test folder"],
)
def test_only_the_controls_that_are_needed_are_shown(
    make_form, train_on, unpainted, own_test, names
) -> None:
    form = make_form()
    form.data.train_on.value = train_on
    form.data.unpainted.value = unpainted
    if own_test:
        form.held_out.test_on.value = train_on
    if train_on == FROM_LAYERS:
        names = names | {"start_painting"}
    assert shown(form) == names | {"train_on", "unpainted", "test_on"}


def test_a_change_of_the_training_data_resets_the_test_data(make_form) -> None:
    form = make_form()
    form.held_out.test_on.value = FROM_LAYERS
    form.data.train_on.value = FROM_FILES
    assert form.held_out.test_on.value == HELD_OUT_PART
    assert form.held_out.test_on.choices == (HELD_OUT_PART, FROM_FILES)


@pytest.mark.parametrize("key", ["napari_nuclei_uncertainty", "napari_nuclei_doubt"])
def test_suggested_regions_are_not_offered_as_boxes(make_form, key) -> None:
    boxes, regions = Shapes(name="boxes"), Shapes(metadata={key: {"model": "discs"}})
    assert make_form(boxes, regions).data.boxes.choices == (boxes,)


def test_the_folders_are_checked(make_form, tmp_path) -> None:
    form = make_form()
    with pytest.raises(ValueError, match="Choose a folder of training images"):
        form.data.files(form.held_out)
    form.data.train_on.value = FROM_FILES
    form.data.folder.value = tmp_path / "missing"
    with pytest.raises(OSError, match="There is no such file or folder"):
        form.data.files(form.held_out)
    form.data.folder.value = form.data.labels_folder.value = tmp_path
    form.held_out.test_on.value = FROM_FILES
    with pytest.raises(ValueError, match="Choose the folder to test on under More"):
        form.data.files(form.held_out)
    form.held_out.folder.value = tmp_path
    files = form.data.files(form.held_out)
    assert (files.data, files.labels, files.val) == (tmp_path, tmp_path, tmp_path)


def test_the_layers_to_test_on_must_be_chosen(make_form) -> None:
    with pytest.raises(ValueError, match="Choose the image and labels to test on"):
        make_form().held_out.layers()
    image, labels = Image(np.zeros((8, 8))), Labels(np.zeros((8, 8), int))
    assert make_form(image, labels).held_out.layers() == (image, labels)
