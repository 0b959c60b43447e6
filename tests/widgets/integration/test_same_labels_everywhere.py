"""The widget, the command and Python give the same labels, to the bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from napari_nuclei import load_segmenter
from napari_nuclei.cli import main
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.io.readers import read_image
from napari_nuclei.io.tiff_writer import encode_image_tiff

TIMEOUT_MS = 120_000


def test_widget_command_and_python_agree(
    make_napari_viewer, qtbot, tmp_path: Path
) -> None:
    image, _ = synthetic_nuclei((160, 200), seed=3)
    expected = load_segmenter().segment(image)
    assert expected.max() > 5

    path = tmp_path / "cells.tif"
    path.write_bytes(encode_image_tiff(image, "YX", None))
    assert main(["segment", str(path), "-o", str(tmp_path / "out")]) == 0
    written = read_image(tmp_path / "out" / "cells_labels.tif").pixels
    np.testing.assert_array_equal(written, expected)

    viewer = make_napari_viewer()
    viewer.add_image(image, name="cells")
    _, widget = viewer.window.add_plugin_dock_widget("napari-nuclei", "Segment nuclei")
    widget.run.native.click()
    qtbot.waitUntil(lambda: not widget.running, timeout=TIMEOUT_MS)
    np.testing.assert_array_equal(viewer.layers["cells nuclei"].data, expected)
