"""Settings that belong to one image stay with it."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("network")


def test_a_diameter_stays_with_its_image(opened, spots) -> None:
    viewer, widget = opened(spots[0])
    form, first = widget.form, viewer.layers["cells"]
    form.diameter.text = "18.3"
    second = viewer.add_image(spots[0], name="other")
    form.image.value = second
    assert form.diameter.text == "auto"
    form.diameter.text = "native"
    form.image.value = first
    assert form.diameter.text == "18.3"
    form.image.value = second
    assert form.diameter.text == "native"


def test_the_diameter_of_a_training_is_not_used_for_another_image(
    opened, spots
) -> None:
    viewer, widget = opened(spots[0])
    widget.set_painted_diameter(18.3)
    assert widget.form.diameter.text == "18.3"
    viewer.add_image(spots[0], name="other")
    widget.form.image.value = viewer.layers["other"]
    assert widget.form.config().diameter == "auto"


def test_an_image_without_a_diameter_has_the_preferred_one(opened, spots) -> None:
    viewer, widget = opened(spots[0])
    widget.form.restore({"diameter": "native"})
    assert widget.form.diameter.text == "native"
    widget.form.diameter.text = "30"
    widget.form.image.value = viewer.add_image(spots[0])
    assert widget.form.diameter.text == "native"


def test_channels_and_levels_stay_with_their_image(opened, spots) -> None:
    channels = np.stack([spots[0]] * 3)
    axes = {"axis_labels": ("c", "y", "x")}
    viewer, widget = opened(channels, **axes)
    regions, image = widget.form.region_controls, widget.form.image
    regions.channel.value = 2
    image.value = viewer.add_image(channels, **axes)
    assert regions.choice().channel is None
    levels = [spots[0], spots[0][::2, ::2]]
    image.value = first = viewer.add_image(levels, multiscale=True)
    regions.level.value = 1
    image.value = viewer.add_image(levels, multiscale=True)
    assert regions.choice().level == 0
    image.value = first
    assert regions.choice().level == 1
    image.value = viewer.layers["cells"]
    assert regions.choice().channel == 2
