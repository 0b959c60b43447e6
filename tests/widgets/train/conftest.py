"""What the tests of the Train dock share."""

from __future__ import annotations

import pytest

from napari_nuclei.widgets.train.train_form import TrainForm


@pytest.fixture
def make_form(qapp, network):
    """Return a function that builds the form, without a viewer, for some layers.

    "discs" is the only model.
    """
    forms = []

    def make(*layers) -> TrainForm:
        def layers_of(kind: str) -> list:
            return [layer for layer in layers if type(layer).__name__ == kind]

        form = TrainForm(layers_of)
        forms.append(form)  # Qt deletes the controls with their form
        return form

    return make
