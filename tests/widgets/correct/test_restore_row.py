from __future__ import annotations

from napari.components import ViewerModel

from napari_nuclei.widgets.correct.correct_session import CorrectionSession
from napari_nuclei.widgets.correct.restore_row import RestoreRow
from napari_nuclei.widgets.correct.saving import CorrectionSaver


def test_the_row_is_visible_while_there_is_something_to_restore(
    qtbot, discs, tmp_path
) -> None:
    labels = discs((60, 60), [(30, 30, 9)])
    rows = []
    for _ in range(3):
        viewer = ViewerModel()
        layer = viewer.add_labels(labels.copy())
        saver = CorrectionSaver(CorrectionSession(viewer), tmp_path)
        row = RestoreRow(saver)
        qtbot.addWidget(row)
        rows.append((layer, saver, row))
        if len(rows) == 1:
            assert row.isHidden()
            layer.fill((30, 30), 0)
            saver.close()
    (_, _, _), (second, two, row), (third, three, last) = rows
    assert not row.isHidden()
    assert row.line.text().endswith("is not in this layer.")
    row.restore.click()
    assert row.isHidden()
    assert not second.data.any()
    last.discard.click()
    assert last.isHidden()
    assert third.data.any()
    two.close()
    three.close()
