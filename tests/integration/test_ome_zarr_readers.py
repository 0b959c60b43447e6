"""Labels in OME-Zarr as the plugin napari-ome-zarr shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from numpy.typing import NDArray
from ome_zarr.format import FormatV04, FormatV05
from ome_zarr.writer import write_image

from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.io.readers import open_image
from napari_nuclei.scale.large import segment_large

napari_ome_zarr = pytest.importorskip("napari_ome_zarr")

FORMATS = {"0.4": FormatV04(), "0.5": FormatV05()}
SHAPE = (2, 1200, 80)


@pytest.fixture
def image(discs) -> NDArray[np.uint8]:
    truth = discs(SHAPE[1:], [(20, 20, 8), (1100, 60, 8)])
    return np.stack([np.where(truth > 0, 200, 10).astype(np.uint8)] * 2)


@pytest.fixture(params=sorted(FORMATS))
def source(
    tmp_path: Path, request: pytest.FixtureRequest, image: NDArray[np.uint8]
) -> Path:
    """Return an OME-Zarr of two z planes of 0.7 µm, with pixels of 0.5 µm."""
    ome_format = FORMATS[request.param]
    folder = tmp_path / "data"
    group = zarr.open_group(
        folder / "in.zarr", mode="w", zarr_format=ome_format.zarr_format
    )
    write_image(
        image,
        group,
        axes="zyx",
        scale_factors=[2],
        scale={"z": 0.7, "y": 0.5, "x": 0.5},
        axes_units=dict.fromkeys("zyx", "micrometer"),
        fmt=ome_format,
    )
    return folder / "in.zarr"


def read(path: Path) -> list[tuple[Any, dict[str, Any], str]]:
    """Return the layers that napari adds if a folder is dropped on it."""
    reader = napari_ome_zarr._reader.napari_get_reader(str(path))
    return list(reader(str(path)))


@pytest.mark.parametrize("version", sorted(FORMATS))
@pytest.mark.parametrize("from_tiff", [False, True], ids=["from zarr", "from array"])
def test_the_top_folder_is_shown_as_labels(
    tmp_path: Path,
    source: Path,
    segmenter: Segmenter,
    image: NDArray[np.uint8],
    version: str,
    from_tiff: bool,
) -> None:
    out = tmp_path / "results" / "labels.zarr"
    segment_large(
        image if from_tiff else source,
        out,
        axes="ZYX",
        pixel_size=0.5,
        ome_version=version,
        model=segmenter,
    )
    layers = [layer for layer in read(out) if layer[2] == "labels"]
    ((data, settings, _),) = layers
    assert [level.shape for level in data] == [SHAPE, (2, 600, 40)]
    assert list(settings["scale"]) == [1.0 if from_tiff else 0.7, 0.5, 0.5]
    assert len(np.unique(np.asarray(data[0]))) == 5


def test_labels_in_an_image_are_shown_with_it(
    source: Path, segmenter: Segmenter
) -> None:
    segment_large(source, into_image=True, model=segmenter)
    (image, labels) = sorted(read(source), key=lambda layer: layer[2])
    assert (image[2], labels[2]) == ("image", "labels")
    assert list(labels[1]["scale"]) == list(image[1]["scale"]) == [0.7, 0.5, 0.5]
    assert [a.shape for a in labels[0]] == [a.shape for a in image[0]]
    assert len(np.unique(np.asarray(labels[0][0]))) == 5


def test_the_reader_and_this_package_agree_on_an_image(source: Path) -> None:
    ((data, settings, kind),) = read(source)
    opened = open_image(source)
    assert kind == "image"
    np.testing.assert_array_equal(np.asarray(data[0]), opened.pixels[:])
    spacings = [opened.calibrations[axis].spacing for axis in "ZYX"]
    assert list(settings["scale"]) == spacings
