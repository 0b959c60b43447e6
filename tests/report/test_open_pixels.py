from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_nuclei.io.label_files import write_labels
from napari_nuclei.report.open_pixels import (
    Pixels,
    layout_of,
    open_image,
    open_label_image,
)


def test_a_file_of_one_channel_has_no_axis_of_channels() -> None:
    plane, channels = np.zeros((20, 30)), np.zeros((3, 20, 30))
    assert layout_of(Pixels(plane, "YX"), None, 2).channel is None
    assert layout_of(Pixels(channels, "CYX"), None, 2).channel == 2
    with pytest.raises(ValueError, match="channel must be 0 to 2"):
        layout_of(Pixels(channels, "CYX"), None, 3)


def test_labels_are_read_from_files_and_outlines(tmp_path: Path) -> None:
    labels = np.zeros((40, 50), np.int32)
    labels[10:20, 10:30] = 7
    tifffile.imwrite(tmp_path / "a.tif", labels.astype(np.uint8))
    layout = layout_of(open_image(tmp_path / "a.tif"), None, None)
    for name in ("l.tif", "l.png", "l.geojson"):
        write_labels(labels, tmp_path / name)
        opened = open_label_image(tmp_path / name, layout)
        assert ((opened.pixels > 0) == (labels > 0)).mean() > 0.98, name
    with pytest.raises(ValueError, match="its image was not found"):
        open_label_image(tmp_path / "l.geojson", None)
