"""Read the size of pixels from OME-XML, the description in OME-TIFF files."""

from __future__ import annotations

from math import isclose, isfinite
from xml.etree import ElementTree

from napari_nuclei.io.units import MICROMETRES_PER_UNIT


def pixels_attributes(xml: str) -> dict[str, str]:
    """Return the attributes of the first element `Pixels`; empty if there is none.

    Examples
    --------
    >>> pixels_attributes('<OME><Pixels SizeX="9" PhysicalSizeXUnit="&#181;m"/></OME>')
    {'SizeX': '9', 'PhysicalSizeXUnit': 'µm'}
    """
    try:
        root = ElementTree.fromstring(xml)
    except (ElementTree.ParseError, ValueError):
        return {}
    for element in root.iter():
        if element.tag.rpartition("}")[2] == "Pixels":
            return dict(element.attrib)
    return {}


def physical_size(attributes: dict[str, str], axis: str) -> float | None:
    """Return the spacing of pixels along an axis, in µm; None if it is not stated.

    Parameters
    ----------
    attributes : dict of str to str
        As from `pixels_attributes`.
    axis : str
        X, Y or Z.
    """
    unit = attributes.get(f"PhysicalSize{axis}Unit", "um").strip()
    try:
        size = float(attributes[f"PhysicalSize{axis}"])
        size *= MICROMETRES_PER_UNIT[unit]
    except (KeyError, ValueError):
        return None
    return size if isfinite(size) and size > 0 else None


def pixel_side(attributes: dict[str, str]) -> float | None:
    """Return the side of a pixel, in µm; None if not stated or not square."""
    width = physical_size(attributes, "X")
    if width is None or "PhysicalSizeY" not in attributes:
        return width
    height = physical_size(attributes, "Y")
    square = height is not None and isclose(width, height, rel_tol=0.01)
    return width if square else None
