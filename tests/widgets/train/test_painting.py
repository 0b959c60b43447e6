from __future__ import annotations

import numpy as np
from napari.layers import Labels

from napari_nuclei.widgets.shared.status import StatusPanel
from napari_nuclei.widgets.train.number_patches import NUMBER_BUTTON, SharedNumberError
from napari_nuclei.widgets.train.painting import Painting
from napari_nuclei.widgets.train.samples_from_layers import IGNORE_UNPAINTED


def test_patches_can_be_numbered_with_a_button(make_form, discs) -> None:
    layer = Labels((discs((60, 120), [(30, 30, 8), (30, 90, 8)]) > 0).astype(int))
    layer.data[0, :] = 9
    form, panel = make_form(layer), StatusPanel()
    form.data.unpainted.value, form.data.background.value = IGNORE_UNPAINTED, 9
    painting = Painting(None, form, panel)
    painting.show_error(ValueError("Something else"))
    assert panel.status.value == "Something else"
    assert panel.action_button.native.isHidden()
    painting.show_error(SharedNumberError("2 patches", layer, (0, 1)))
    assert panel.action_button.text == NUMBER_BUTTON
    assert not panel.action_button.native.isHidden()
    panel.action_button.changed.emit(True)
    assert panel.status.value.startswith("1 patches of Labels have a new number")
    assert sorted(np.unique(layer.data)) == [0, 1, 9, 10]
    assert panel.action_button.native.isHidden()


def test_without_an_image_painting_says_what_to_do(make_form) -> None:
    form, panel = make_form(), StatusPanel()
    Painting(None, form, panel).start()
    assert panel.status.value == "Open an image first."
