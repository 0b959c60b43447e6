"""Corrections survive the end of the process at any time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_nuclei.core.correct.delete import delete
from napari_nuclei.widgets.correct.correct_session import CorrectionSession
from napari_nuclei.widgets.correct.saving import CorrectionSaver

WORKER = """
import sys
from pathlib import Path
import numpy as np
from napari.components import ViewerModel
from napari_nuclei.core.correct.delete import delete
from napari_nuclei.widgets.correct.saving import CorrectionSaver
from napari_nuclei.widgets.correct.correct_session import CorrectionSession

labels = np.load(sys.argv[1])
viewer = ViewerModel()
metadata = {"napari_nuclei": {"prediction": labels.copy(), "image": "cells"}}
layer = viewer.add_labels(labels.copy(), name="found", metadata=metadata)
session = CorrectionSession(viewer)
saver = CorrectionSaver(session, Path(sys.argv[2]))
part = session.part()
session.apply(part, [delete(part.labels, [1])])
layer.selected_label = 70
layer.paint((60, 60), 70)
layer.paint((70, 100), 70)
layer.undo()
session.accept([3])
np.save(sys.argv[3], layer.data)
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def predicted(discs) -> np.ndarray:
    return discs((90, 120), [(20, 20, 8), (20, 60, 8), (20, 100, 8)])


@pytest.fixture
def opened(predicted, tmp_path):
    """Return a function that opens labels with a session that saves corrections."""
    savers = []

    def open_(labels=predicted, prediction=predicted, folder=tmp_path / "saved"):
        viewer = ViewerModel()
        metadata = {}
        if prediction is not None:
            metadata = {"napari_nuclei": {"prediction": prediction.copy()}}
        layer = viewer.add_labels(labels.copy(), metadata=metadata)
        session = CorrectionSession(viewer)
        saver = CorrectionSaver(session, folder)
        savers.append(saver)
        return layer, session, saver

    yield open_
    for saver in savers:
        saver.close()


def remove(session: CorrectionSession, *numbers: int) -> None:
    part = session.part()
    session.apply(part, [delete(part.labels, numbers)])


def test_a_killed_process_loses_no_correction(opened, predicted, tmp_path) -> None:
    np.save(tmp_path / "labels.npy", predicted)
    paths = [tmp_path / "labels.npy", tmp_path / "saved", tmp_path / "after.npy"]
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, *map(str, paths)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as worker:
        assert worker.stdout.readline() == "ready\n"
        worker.kill()  # SIGKILL
    after = np.load(tmp_path / "after.npy")
    assert not (after == 1).any()
    assert (after == 70).any()

    layer, session, saver = opened()
    messages = []
    session.message_sent.connect(messages.append)
    assert saver.offer.count == 2
    assert saver.offer.text.startswith("2 corrections from ")
    assert saver.offer.text.endswith(" are not in this layer.")
    saver.restore()
    np.testing.assert_array_equal(layer.data, after)
    assert session.state.accepted == {3}
    assert saver.offer is None
    assert messages == ["Restored 2 corrections."]
    # They are saved again, and one step of undo takes them back.
    saver.close()
    _, _, again = opened()
    assert again.offer.count == 2
    layer.undo()
    np.testing.assert_array_equal(layer.data, predicted)


def test_only_corrections_that_a_layer_lacks_are_offered(opened, predicted) -> None:
    layer, session, saver = opened()
    assert saver.offer is None
    remove(session, 2)
    corrected = layer.data.copy()
    saver.close()
    _, _, same = opened(labels=corrected)
    assert same.offer is None
    _, _, other = opened(labels=predicted[:80], prediction=predicted[:80])
    assert other.offer is None
    _, session, fresh = opened()
    assert fresh.offer.count == 1
    fresh.discard()
    assert fresh.offer is None
    _, _, last = opened()
    assert last.offer is None


def test_undone_corrections_are_not_offered(opened) -> None:
    layer, session, saver = opened()
    remove(session, 1)
    remove(session, 2)
    layer.undo()
    layer.undo()
    saver.close()
    assert opened()[2].offer is None


def test_corrections_that_no_longer_fit_are_left_out(opened) -> None:
    layer, session, saver = opened()
    remove(session, 1)
    remove(session, 2)
    saver.close()
    layer, session, saver = opened()
    messages = []
    session.message_sent.connect(messages.append)
    remove(session, 1)
    saver.restore()
    assert set(np.unique(layer.data)) == {0, 3}
    assert messages[-1].startswith("Restored, but 1 of 2 recorded steps did not fit")


def test_labels_that_were_painted_from_nothing_are_found_by_their_image(
    opened, predicted, tmp_path
) -> None:
    def paint_on(image: np.ndarray) -> tuple:
        viewer = ViewerModel()
        viewer.add_image(image, name="cells")
        layer = viewer.add_labels(np.zeros(image.shape, np.uint16))
        session = CorrectionSession(viewer)
        return layer, CorrectionSaver(session, tmp_path / "saved")

    image = np.random.default_rng(0).integers(0, 255, (90, 120)).astype(np.uint8)
    layer, saver = paint_on(image)
    layer.paint((30, 30), 1)
    saver.close()
    other = paint_on(image[::-1])[1]
    assert other.offer is None
    layer, saver = paint_on(image)
    assert saver.offer.text.startswith("1 correction from ")
    saver.restore()
    assert layer.data[30, 30] == 1
    for one in (other, saver):
        one.close()


def test_a_folder_that_cannot_be_written_is_reported_once(opened, tmp_path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    layer, session, _ = opened(folder=blocked)
    messages: list[str] = []
    session.message_sent.connect(messages.append)
    remove(session, 1)
    remove(session, 2)
    (message,) = messages
    assert message.startswith("Corrections cannot be saved as you make them (")
    assert set(np.unique(layer.data)) == {0, 3}


def test_switching_layers_writes_to_the_journal_of_each(
    opened, predicted, tmp_path
) -> None:
    layer, session, saver = opened()
    remove(session, 1)
    second = session.viewer.add_labels(predicted[:50].copy(), name="second")
    assert session.layer is second
    second.fill((20, 60), 0)
    session.viewer.layers.selection.active = layer
    remove(session, 3)
    saver.close()
    _, _, first = opened()
    assert first.offer.count == 2
    _, _, other = opened(labels=predicted[:50], prediction=None)
    assert other.offer.count == 1
    assert len(list(Path(tmp_path / "saved").glob("*.corrections"))) == 3
