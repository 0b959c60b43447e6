from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from napari.components import ViewerModel

from napari_nuclei.io.label_files import write_labels
from napari_nuclei.scale.file_result import FileResult
from napari_nuclei.widgets.folder.folder_run import ImageOfRun
from napari_nuclei.widgets.folder.open_result import OpenResult


@pytest.fixture
def results(plate: Path, spots) -> list[tuple[ImageOfRun, FileResult]]:
    """Return two images of two channels, and their results."""
    found = []
    for well in ("A01", "B02"):
        files = [plate / f"{well}_s1_w{channel}.tif" for channel in (2, 1)]
        path = plate / f"{well}_s1_labels.tif"
        write_labels(spots[1], path)
        image = ImageOfRun(files[1], f"{well}_s1", tuple(files))
        found.append((image, FileResult(files[1], 6, written=(path,))))
    return found


def names(viewer: ViewerModel) -> list[str]:
    return [layer.name for layer in viewer.layers]


def test_the_next_image_replaces_the_layers_of_the_one_before(results) -> None:
    viewer = ViewerModel()
    viewer.add_points(np.zeros((1, 2)), name="mine")
    opener = OpenResult(viewer)
    assert opener.open(*results[0]) == "A01_s1 is open with its nuclei."
    assert names(viewer) == ["mine", "A01_s1_w1", "A01_s1_w2", "A01_s1 nuclei"]
    assert viewer.layers.selection.active is viewer.layers[-1]
    assert viewer.layers[-1].data.max() == 6
    opener.open(*results[1])
    assert names(viewer) == ["mine", "B02_s1_w1", "B02_s1_w2", "B02_s1 nuclei"]


def test_edited_labels_stay_open(results) -> None:
    viewer = ViewerModel()
    opener = OpenResult(viewer)
    opener.open(*results[0])
    viewer.layers[-1].paint((5, 5), 9)
    edited = viewer.layers[-1]
    text = opener.open(*results[1])
    assert "A01_s1 nuclei was edited and stays open." in text
    assert edited in viewer.layers and edited.data[5, 5] == 9
    assert names(viewer)[-1] == "B02_s1 nuclei"


def test_an_image_without_labels_is_opened_with_the_reason(results) -> None:
    viewer = ViewerModel()
    opener = OpenResult(viewer)
    image, result = results[0]
    text = opener.open(image, FileResult(image.path, reason="has no file for z 2"))
    assert text == "A01_s1 failed: has no file for z 2."
    assert len(viewer.layers) == 2
    assert "has no file of labels" in opener.open(image, None)
    image.path.unlink()
    with pytest.raises(FileNotFoundError):
        opener.open(image, result)
    assert len(viewer.layers) == 2


def test_colours_channels_and_pixel_sizes_of_a_file_are_shown(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    viewer = ViewerModel()
    opener = OpenResult(viewer)
    path, labels = tmp_path / "a.tif", tmp_path / "a_labels.tif"
    pixels = rng.integers(0, 99, (3, 2, 8, 9), np.uint16)
    tifffile.imwrite(
        path,
        pixels,
        imagej=True,
        resolution=(2, 2),
        metadata={"axes": "ZCYX", "unit": "um", "spacing": 3.0},
    )
    write_labels((pixels[:, 0] > 50).astype(int), labels, axes="ZYX")
    opener.open(ImageOfRun(path, "a.tif"), FileResult(path, 1, written=(labels,)))
    assert len(viewer.layers) == 3
    for layer in viewer.layers:
        assert layer.scale.tolist() == [3.0, 0.5, 0.5]
        assert layer.axis_labels == ("z", "y", "x")
    tifffile.imwrite(path, rng.integers(0, 99, (8, 9, 3), np.uint8), photometric="rgb")
    opener.open(ImageOfRun(path, "a.tif"), None)
    assert len(viewer.layers) == 1 and viewer.layers[0].rgb
