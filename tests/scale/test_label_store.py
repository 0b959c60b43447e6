from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import zarr

from napari_nuclei.core.axes import make_layout
from napari_nuclei.io.lazy_images import AxisCalibration, LazyImage
from napari_nuclei.scale.label_store import plan_label_store, relative_path


def lazy(**settings) -> LazyImage:
    return LazyImage(np.zeros((9, 9)), "YX", 0.5, "image", **settings)


def test_a_store_names_the_file_and_has_the_requested_version(tmp_path: Path) -> None:
    image = lazy(path="/data/slide.svs")
    store = plan_label_store(image, tmp_path / "out.zarr", version="0.4")
    store.open_writer(store.path, image, make_layout((9, 9)), 0.5)
    store.register()
    (multiscale,) = zarr.open_group(store.path, mode="r").attrs["multiscales"]
    assert multiscale["version"] == "0.4"
    assert multiscale["metadata"]["source"] == "slide.svs"
    assert multiscale["metadata"]["software"].startswith("napari-nuclei ")
    assert not (tmp_path / "zarr.json").exists()  # nothing is registered


def test_the_caller_may_correct_the_pixel_size(tmp_path: Path) -> None:
    image = lazy(calibrations={axis: AxisCalibration(0.5) for axis in "YX"})
    store = plan_label_store(image, tmp_path / "out.zarr")
    store.open_writer(store.path, image, make_layout((9, 9)), 2.0)
    attributes = zarr.open_group(store.path, mode="r").attrs["ome"]
    (level,) = attributes["multiscales"][0]["datasets"]
    assert level["coordinateTransformations"] == [{"type": "scale", "scale": [2, 2]}]
    assert attributes["image-label"] == {}


def test_labels_are_no_image(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds labels, not an image"):
        plan_label_store(lazy(holds_labels=True), tmp_path / "out.zarr")


def test_an_unknown_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must be 0\.4 or 0\.5; got '1'"):
        plan_label_store(lazy(), tmp_path / "out.zarr", version="1")


def test_the_path_to_the_image_is_relative() -> None:
    assert relative_path("/a/in.zarr", Path("/a/out/l.zarr")) == "../../in.zarr"
