from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import dask.array
import numpy as np
import ome_zarr.writer
import pytest
import tifffile
import zarr
from numpy.typing import NDArray

from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.io.lazy_images import AxisCalibration, LazyImage
from napari_nuclei.io.readers import open_image
from napari_nuclei.scale.large import segment_large


def grey(image: NDArray[Any], path: Path) -> Any:
    return image


def as_dask(image: NDArray[Any], path: Path) -> Any:
    return dask.array.from_array(image, chunks=(32, 50))


def as_zarr(image: NDArray[Any], path: Path) -> Any:
    zarr.save_array(path / "image.zarr", image)
    return path / "image.zarr"


def as_zarr_array(image: NDArray[Any], path: Path) -> Any:
    return zarr.open_array(as_zarr(image, path), mode="r")


def as_ome_zarr(image: NDArray[Any], path: Path) -> Any:
    group = zarr.open_group(path / "image.ome.zarr", mode="w")
    stacked = np.stack([np.zeros_like(image), image])
    ome_zarr.writer.write_image(
        stacked,
        group,
        axes="cyx",
        scale={"c": 1.0, "y": 0.25, "x": 0.25},
        axes_units={"y": "micrometer", "x": "micrometer"},
        scale_factors=[2],
    )
    return path / "image.ome.zarr"


def as_tiled_tiff(image: NDArray[Any], path: Path) -> Any:
    tifffile.imwrite(path / "a.tif", image, tile=(32, 32), compression="zlib")
    return path / "a.tif"


def as_plain_tiff(image: NDArray[Any], path: Path) -> Any:
    tifffile.imwrite(path / "a.tif", image)
    return path / "a.tif"


def as_pyramid(image: NDArray[Any], path: Path) -> Any:
    with tifffile.TiffWriter(path / "a.ome.tif") as writer:
        about = {"axes": "YX", "PhysicalSizeX": 0.5, "PhysicalSizeXUnit": "µm"}
        writer.write(image, subifds=1, tile=(32, 32), metadata=about)
        writer.write(image[::2, ::2], subfiletype=1, tile=(32, 32))
    return path / "a.ome.tif"


def as_slide(image: NDArray[Any], path: Path) -> Any:
    colours = np.stack([image] * 3, axis=-1)
    tifffile.imwrite(path / "a.tif", colours, tile=(32, 32), photometric="rgb")
    shutil.move(path / "a.tif", path / "a.svs")
    return path / "a.svs"


FORMATS = {
    f.__name__: f
    for f in (
        grey,
        as_dask,
        as_zarr,
        as_zarr_array,
        as_ome_zarr,
        as_tiled_tiff,
        as_plain_tiff,
        as_pyramid,
        as_slide,
    )
}
CHANNELS = {"as_ome_zarr": 1}
SIZES = {"as_ome_zarr": 0.25, "as_pyramid": 0.5}


@pytest.mark.parametrize("name", FORMATS)
def test_an_image_is_the_same_in_any_format(
    tmp_path: Path,
    segmenter: Segmenter,
    image: NDArray[np.uint8],
    truth: NDArray[np.int32],
    name: str,
) -> None:
    source = FORMATS[name](image, tmp_path)
    with closing(open_image(source)) as opened:
        assert opened.pixel_size == SIZES.get(name)
    result = segment_large(
        source,
        tmp_path / "out.zarr",
        model=segmenter,
        block=64,
        channel=CHANNELS.get(name),
    )
    assert result.nuclei == 3
    labels = zarr.open_array(result.labels / "0", mode="r")[:]
    np.testing.assert_array_equal(labels > 0, truth > 0)


def test_names_of_axes_may_be_words(tmp_path: Path) -> None:
    names = ["time", "channel", "y", "x"]
    zarr.create_array(
        tmp_path / "in.zarr", data=np.zeros((2, 3, 8, 9)), dimension_names=names
    )
    assert open_image(tmp_path / "in.zarr").axes == "TCYX"


def test_an_array_keeps_its_spacing_when_pickled(
    image: NDArray[np.uint8],
) -> None:
    opened = replace(open_image(image), calibrations={"Z": AxisCalibration(0.7)})
    assert pickle.loads(pickle.dumps(opened)).calibrations == opened.calibrations


def test_an_image_is_sent_to_another_process_as_its_path(
    tmp_path: Path, image: NDArray[np.uint8]
) -> None:
    opened = open_image(as_zarr(image, tmp_path))
    content = pickle.dumps(opened)
    assert len(content) < 1000
    again = pickle.loads(content)
    assert again.identity == opened.identity
    np.testing.assert_array_equal(again.pixels[:], image)
    assert pickle.loads(content) is again
    with pytest.raises(ValueError, match="has changed since the run began"):
        pickle.loads(pickle.dumps(LazyImage(None, "YX", 1.0, "x", opened.path)))


def make(path: Path, name: str) -> Path:
    if name == "text.tif":
        (path / name).write_text("hello")
    elif name == "damaged.zarr":
        (path / name).mkdir()
        (path / name / "zarr.json").write_text("{")
    elif name == "group.zarr":
        zarr.open_group(path / name, mode="w")
    elif name == "plate.zarr":
        zarr.open_group(path / name, mode="w").attrs["ome"] = {"plate": {}}
    elif name == "folder":
        (path / name).mkdir()
    elif name != "gone.zarr":
        (path / name).write_bytes(b"")
    return path / name


BAD = {
    "gone.zarr": "there is no such file or folder",
    "folder": "is a folder, but not one of zarr",
    "text.tif": r"text\.tif is not a TIFF that can be read",
    "a.png": r"a\.png cannot be read in parts",
    "group.zarr": "is a zarr group, but holds no OME-Zarr image",
    "plate.zarr": "is a plate",
    "damaged.zarr": r"damaged\.zarr is not a zarr that can be read",
}


@pytest.mark.parametrize(("name", "message"), BAD.items(), ids=BAD)
def test_other_files_are_refused(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises((OSError, ValueError), match=message):
        open_image(make(tmp_path, name))


def positions(path: Path) -> None:
    with tifffile.TiffWriter(path) as writer:
        for _ in range(2):
            pixels = np.zeros((32, 32), np.uint8)
            writer.write(pixels, tile=(16, 16), compression="zlib")


def palette(path: Path) -> None:
    tifffile.imwrite(
        path,
        np.zeros((32, 32), np.uint8),
        photometric="palette",
        colormap=np.zeros((3, 256), np.uint16),
        tile=(16, 16),
        compression="zlib",
    )


@pytest.mark.parametrize(
    ("write", "message"),
    [(positions, "holds 2 images"), (palette, "has a palette")],
)
def test_a_refused_tiff_is_not_left_open(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    write: Callable[[Path], None],
    message: str,
) -> None:
    def opened(*args: Any, **options: Any) -> None:
        raise AssertionError("a store was opened")

    write(tmp_path / "a.tif")
    monkeypatch.setattr(tifffile, "imread", opened)
    with pytest.raises(ValueError, match=message):
        open_image(tmp_path / "a.tif")
