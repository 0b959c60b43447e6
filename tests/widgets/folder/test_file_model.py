from __future__ import annotations

import time
from pathlib import Path

from qtpy.QtCore import Qt

from napari_nuclei.scale.file_result import FileResult
from napari_nuclei.widgets.folder.file_model import COLUMNS, FileModel
from napari_nuclei.widgets.folder.folder_run import ImageOfRun


def test_a_row_shows_the_result_of_its_image(qtmodeltester) -> None:
    model = FileModel()
    paths = [Path(f"in/{name}.tif") for name in "abcd"]
    model.set_images([ImageOfRun(path, path.stem) for path in paths])
    changed = []
    model.dataChanged.connect(lambda first, last: changed.append(first.row()))
    model.set_result(FileResult(paths[1], 7, notes=("It is dim.",), flags=("empty",)))
    model.set_result(FileResult(paths[3], reason="is damaged"))
    model.set_result(FileResult(paths[2], 5, already_done=True))
    model.set_result(FileResult(Path("other.tif"), 5))
    cells = [
        [model.index(row, column).data() for column in range(len(COLUMNS))]
        for row in range(model.rowCount())
    ]
    assert cells == [
        ["a", "waiting", None, None],
        ["b", "done", 7, "empty; It is dim."],
        ["c", "done earlier", 5, ""],
        ["d", "failed", None, "is damaged"],
    ]
    assert changed == [1, 3, 2]
    assert (model.count("done"), model.count("failed")) == (1, 1)
    tooltip = Qt.ItemDataRole.ToolTipRole
    assert model.index(3, 0).data(tooltip) == str(paths[3])
    assert model.index(3, 1).data(tooltip) == "is damaged"
    qtmodeltester.check(model)


def test_a_thousand_results_are_shown_without_a_stall() -> None:
    model = FileModel()
    paths = [Path(f"{number}.tif") for number in range(1000)]
    began = time.perf_counter()
    model.set_images([ImageOfRun(path, path.name) for path in paths])
    for path in paths:
        model.set_result(FileResult(path, 3))
    assert model.count("done") == 1000
    assert time.perf_counter() - began < 1
