from __future__ import annotations

import pytest

from napari_nuclei.io.ome_xml import physical_size, pixel_side, pixels_attributes

OME = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
    '<Image ID="Image:0"><Description>a PhysicalSizeX="7" in a text</Description>'
    "<Pixels {}/></Image></OME>"
)


@pytest.mark.parametrize("unit", ["µm", "&#181;m", "&#xb5;m", "&#x00B5;m", "um"])
def test_units_may_be_character_references(unit: str) -> None:
    xml = OME.format(f"PhysicalSizeX='0.4' PhysicalSizeXUnit='{unit}'")
    assert pixel_side(pixels_attributes(xml)) == pytest.approx(0.4)


def test_each_axis_has_its_own_unit() -> None:
    xml = OME.format(
        'PhysicalSizeX="400" PhysicalSizeXUnit="nm" PhysicalSizeY="0.4" '
        'PhysicalSizeZ="0.002" PhysicalSizeZUnit="mm"'
    )
    attributes = pixels_attributes(xml)
    assert pixel_side(attributes) == pytest.approx(0.4)
    assert physical_size(attributes, "Z") == pytest.approx(2)


@pytest.mark.parametrize(
    "attributes",
    [
        "",
        'PhysicalSizeX="0"',
        'PhysicalSizeX="nan"',
        'PhysicalSizeX="wide"',
        'PhysicalSizeX="1" PhysicalSizeXUnit="pixel"',
        'PhysicalSizeX="1" PhysicalSizeY="2"',
    ],
)
def test_a_size_that_is_no_length_is_none(attributes: str) -> None:
    assert pixel_side(pixels_attributes(OME.format(attributes))) is None


@pytest.mark.parametrize("text", ["", "no XML", "<OME><Pixels"])
def test_damaged_xml_states_nothing(text: str) -> None:
    assert pixels_attributes(text) == {}
