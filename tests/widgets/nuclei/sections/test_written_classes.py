from __future__ import annotations

import numpy as np
import pandas as pd

from napari_nuclei.widgets.nuclei.sections.written_classes import WrittenClasses


def classes_of(session, threshold: float = 100) -> pd.Series:
    bright = session.frame["ki67_mean"] > threshold
    names = np.where(bright, "positive", "negative").astype(object)
    return pd.Series(names, session.frame.index)


def test_classes_are_written_and_coloured(session) -> None:
    layer = session.labels_layer
    former = layer.colormap
    written = WrittenClasses(session)
    assert not written.exist
    written.write(classes_of(session))
    assert written.are_mine
    assert (
        layer.features.loc[layer.features["label"] == 3, "class"].item() == "positive"
    )
    red, blue = layer.colormap.map(3), layer.colormap.map(1)
    assert red[0] > red[2]
    assert blue[2] > blue[0]
    written.remove()
    assert not written.exist
    assert layer.colormap == former


def test_new_nuclei_leave_classes_mine_and_another_writer_does_not(session) -> None:
    mine, other = WrittenClasses(session), WrittenClasses(session)
    mine.write(classes_of(session))
    data = session.labels_layer.data.copy()
    data[0:3, 0:3] = 99
    session.labels_layer.data = data
    assert session.frame.loc[[99], "class"].isna().all()
    assert mine.are_mine
    other.write(classes_of(session, 1000))
    assert other.are_mine
    assert not mine.are_mine


def test_a_class_has_one_colour_everywhere(session) -> None:
    layer = session.labels_layer
    layer.metadata["class_colours"] = {"tumour": (1, 2, 3)}
    names = np.where(session.frame.index % 2, "tumour", "a").astype(object)
    WrittenClasses(session).write(pd.Series(names, session.frame.index))
    np.testing.assert_allclose(layer.colormap.map(1)[:3] * 255, (1, 2, 3), atol=1)
    first = layer.metadata["class_colours"]["a"]
    names[0] = "0 comes first"
    WrittenClasses(session).write(pd.Series(names, session.frame.index))
    colours = layer.metadata["class_colours"]
    assert colours["a"] == first
    assert len({*colours.values()}) == 3


def test_the_same_classes_are_not_written_again(session) -> None:
    written = WrittenClasses(session)
    written.write(classes_of(session))
    changes = []
    session.changed.connect(lambda: changes.append(1))
    written.write(classes_of(session))
    assert not changes


def test_certain_nuclei_are_more_opaque(session) -> None:
    certainty = pd.Series(0.2, session.frame.index)
    certainty[3] = 1.0
    session.set_column("certainty", certainty)
    WrittenClasses(session).write(classes_of(session), strength="certainty")
    colormap = session.labels_layer.colormap
    assert colormap.map(3)[3] == 1
    assert colormap.map(1)[3] < 0.5
