from __future__ import annotations

import numpy as np
import pandas as pd

from napari_nuclei.widgets.layers.layer_classes import class_colormap, layer_classes


def test_labels_have_the_colour_of_their_class() -> None:
    classes = pd.Series(["a", "b", np.nan], [3, 7, 9])
    colormap = class_colormap(classes, {"a": (255, 0, 0), "b": (0, 0, 255)})
    found = colormap.map(np.array([0, 3, 7, 9, 50]))
    np.testing.assert_allclose(found[:3], [(0, 0, 0, 0), (1, 0, 0, 1), (0, 0, 1, 1)])
    np.testing.assert_allclose(found[3], found[4])


def test_every_label_has_a_row_of_classes() -> None:
    features = pd.DataFrame({"label": [0, 2, 5], "class": [None, "a", "b"]})
    labels = np.array([[0, 2], [2, 6]])
    found = layer_classes(features, labels)
    assert found.index.tolist() == [2, 6]
    assert found["class"].tolist()[0] == "a"
    assert found["class"].isna().tolist() == [False, True]
    assert layer_classes(features[["label"]], labels) is None
    assert layer_classes(None, labels) is None
