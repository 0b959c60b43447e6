from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.widgets.nuclei.sections.ring_and_stains import MeasureSection
from napari_nuclei.widgets.nuclei.table_session import TableSession


@pytest.fixture
def session(model) -> TableSession:
    session = TableSession(model)
    session.set_layers(model.layers["nuclei"], [model.layers["dapi"]])
    return session


@pytest.fixture
def section(session, qtbot) -> MeasureSection:
    section = MeasureSection(session)
    qtbot.addWidget(section)
    return section


def test_there_is_no_ring_until_it_has_a_width(section, session, qtbot) -> None:
    assert section.settings.ring is None
    section.width.value = 3
    qtbot.waitUntil(lambda: "dapi_ring_mean" in session.frame)
    assert session.settings.ring == ("1px", "3px")
    assert "1 changed" in section.text()
    section.reset_button.click()
    qtbot.waitUntil(lambda: "dapi_ring_mean" not in session.frame)


def test_a_ring_in_micrometres_without_a_pixel_size_is_refused(
    section, session
) -> None:
    section.width.value = 3
    section.unit.value = "µm"
    section.apply()
    assert "the labels layer has no pixel size" in session.message
    section.unit.value = "px"
    section.apply()
    assert not session.message and len(session.frame) == 6


def test_stains_need_an_image_with_colours(section, session, model, qtbot) -> None:
    assert not any(box.enabled for box in section.stains)
    rgb = np.full((128, 192, 3), 200, np.uint8)
    image = model.add_image(rgb, name="slide", rgb=True)
    session.set_layers(session.labels_layer, [image])
    assert all(box.enabled for box in section.stains)
    section.stains[2].value = True
    section.apply()
    assert "slide_dab_mean" in session.frame
    session.set_layers(session.labels_layer, [])
    qtbot.waitUntil(lambda: not session.settings.stains)
