"""Files of microscopes become layers of an image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_nuclei.io.lazy_images import AxisCalibration, LazyImage
from napari_nuclei.io.microscopes import plugins
from napari_nuclei.io.microscopes.chunks import CachedChunks
from napari_nuclei.widgets.contributions import microscope_files
from napari_nuclei.widgets.contributions.microscope_files import get_reader

PIXELS = np.arange(2 * 3 * 8 * 9, dtype=np.uint16).reshape(2, 3, 8, 9)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what napari shows as notifications."""
    lines: list[str] = []
    for name in ("show_info", "show_error"):
        monkeypatch.setattr(f"napari.utils.notifications.{name}", lines.append)
    return lines


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open every file as an image of two channels, two scenes and three slices."""
    dask_array = pytest.importorskip("dask.array")
    image = LazyImage(
        CachedChunks(dask_array.from_array(PIXELS, chunks=(1, 1, 8, 9))),
        "CZYX",
        0.3,
        "",
        calibrations={"Z": AxisCalibration(1.5, unit="micrometer")},
        notes=("The file holds 2 scenes (A, B).",),
        channel_names=("GFP", "DAPI"),
    )
    monkeypatch.setattr(microscope_files, "open_image", lambda path: image)


@pytest.mark.parametrize("largest", [1 << 20, 0], ids=["in memory", "in parts"])
def test_each_channel_is_a_layer_of_its_name(
    make_napari_viewer, opened, shown, monkeypatch, largest
) -> None:
    monkeypatch.setattr(microscope_files, "MAX_BYTES_IN_MEMORY", largest)
    viewer = make_napari_viewer()
    for data, settings, kind in get_reader("a.czi")("a.czi"):
        assert kind == "image"
        assert isinstance(data, np.ndarray) == (largest > 0)
        viewer.add_image(data, **settings)
    first, second = viewer.layers
    assert [first.name, second.name] == ["a GFP", "a DAPI"]
    assert second.scale.tolist() == [1.5, 0.3, 0.3]
    assert {str(unit) for unit in second.units} == {"micrometer"}
    assert second.axis_labels == ("z", "y", "x")
    np.testing.assert_array_equal(np.asarray(second.data), PIXELS[1])
    assert shown == ["The file holds 2 scenes (A, B)."]


def test_a_missing_package_is_named(monkeypatch, tmp_path: Path, shown) -> None:
    monkeypatch.setattr(plugins, "is_installed", lambda name: False)
    plugins.readable_suffixes.cache_clear()
    path = tmp_path / "a.nd2"
    path.write_bytes(b"anything")
    assert get_reader([str(path)])([str(path)]) == [(None,)]
    plugins.readable_suffixes.cache_clear()
    (line,) = shown
    assert line.endswith("python -m pip install 'napari-nuclei[bioio]'")


def test_other_files_are_left_to_others() -> None:
    assert get_reader("a.tif") is None
