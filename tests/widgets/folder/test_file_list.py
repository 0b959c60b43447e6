from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Qt

from napari_nuclei.scale.file_result import FileResult
from napari_nuclei.widgets.folder.file_list import FileList
from napari_nuclei.widgets.folder.folder_run import ImageOfRun


def test_flags_are_in_view_in_a_narrow_dock(qtbot) -> None:
    view = FileList()
    qtbot.addWidget(view)
    view.resize(270, 200)
    view.show()
    names = [f"A{number:02}_s1" for number in range(30)]
    view.files.set_images([ImageOfRun(Path(name), name) for name in names])
    qtbot.waitUntil(lambda: view.verticalScrollBar().isVisible())
    assert not view.horizontalScrollBar().isVisible()
    assert view.columnWidth(3) >= 40


def test_a_click_chooses_the_image_of_a_sorted_row(qtbot) -> None:
    view = FileList()
    qtbot.addWidget(view)
    view.resize(320, 200)
    view.show()
    paths = [Path(f"{name}.tif") for name in "abc"]
    view.files.set_images([ImageOfRun(path, path.name) for path in paths])
    for path, count in zip(paths, (5, 30, 200), strict=True):
        view.files.set_result(FileResult(path, count))
    view.sortByColumn(2, Qt.SortOrder.DescendingOrder)  # by number, not by text
    assert [view.row_of(number).row() for number in range(3)] == [2, 1, 0]
    cell = view.visualRect(view.row_of(2)).center()
    with qtbot.waitSignal(view.chosen) as chosen:
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=cell)
    assert chosen.args == [2]
    view.setCurrentIndex(view.row_of(0))
    with qtbot.waitSignal(view.chosen) as chosen:
        view.activated.emit(view.currentIndex())
    assert chosen.args == [0]
