"""Patterns of the file names that usual microscopes write."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from napari_nuclei.scale.files.name_pattern import NamePattern

THUMBNAIL = "_thumb"
"""In the names of small pictures that ImageXpress writes with each image."""


@dataclass(frozen=True, slots=True)
class UsualPattern:
    """A pattern of names that is recognised.

    Attributes
    ----------
    instrument : str
        The microscope or program that uses it.
    text : str
        As of `NamePattern`.
    contains : str
        Regular expression that each name must contain.
    """

    instrument: str
    text: str
    contains: str = ""


USUAL_PATTERNS = (
    *(
        UsualPattern("Operetta, Opera Phenix (Harmony)", text)
        for text in (
            "r{row}c{column}f{field}p{z}-ch{channel}sk{t}fk*fl*",
            "r{row}c{column}f{field}p{z}-ch{channel}t{t}",
            "r{row}c{column}f{field}p{z}-ch{channel}",
            "r{row}c{column}f{field}-ch{channel}",
        )
    ),
    *(
        UsualPattern("CellVoyager (CV7000, CV8000)", text)
        for text in (
            "{name}_{well}_T{t}F{field}L*A*Z{z}C{channel}",
            "{well}_T{t}F{field}L*A*Z{z}C{channel}",
        )
    ),
    *(
        UsualPattern("Leica (Matrix Screener)", text)
        for text in (
            "{name}--U{column0}--V{row0}--J*--E*--O*--X{field_x}--Y{field_y}--T{t}--Z{z}--C{channel}",
        )
    ),
    *(
        UsualPattern("IN Cell Analyzer", text)
        for text in (
            "{well}(fld {field} wv {channel})",
            "{well}(fld {field} z {z} wv {channel})",
            "{well}(fld {field} wv {channel} z {z})",
        )
    ),
    *(
        UsualPattern("Incucyte", text, "[0-9]+[yd][0-9]+[mh]")
        for text in (
            "{name}_{well}_{field}_{t}",
            "{well}_{field}_{t}",
        )
    ),
    *(
        UsualPattern("ImageXpress (MetaXpress)", text)
        for text in (
            "{name}_{well}_s{field}_w{channel}{guid}",
            "{well}_s{field}_w{channel}{guid}",
            "{name}_{well}_w{channel}{guid}",
            "{well}_w{channel}{guid}",
            "{name}_{well}_s{field}{guid}",
            "{well}_s{field}{guid}",
        )
    ),
    *(
        UsualPattern("wells", text, r"(?-i:\A[A-Z]{1,2}[0-9]{2}(?![0-9]))")
        for text in (
            "{well}_{field}_{channel}",
            "{well}_f{field}_ch{channel}",
            "{well}_{field}",
            "{well}",
        )
    ),
)


def recognise(names: Sequence[str]) -> NamePattern | None:
    """Return the usual pattern that all names of files fit; None if there is none.

    Examples
    --------
    >>> recognise(["r01c02f01p01-ch1sk1fk1fl1.tiff", "r01c02f01p01-ch2sk1fk1fl1.tiff"])
    NamePattern(text='r{row}c{column}f{field}p{z}-ch{channel}sk{t}fk*fl*')
    >>> recognise(["mouse 1.tif", "mouse 2.tif"])
    """
    images = [name for name in names if THUMBNAIL not in name]
    if len(images) < 2:
        return None
    for usual in USUAL_PATTERNS:
        pattern = NamePattern(usual.text)
        if all(
            re.search(usual.contains, name) and pattern.match(name) is not None
            for name in images
        ):
            return pattern
    return None
