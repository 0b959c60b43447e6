"""Write and read the regions of ImageJ's ROI manager."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import PlaneIndex
from napari_nuclei.io.origin import SIGNATURE
from napari_nuclei.io.outlines.class_colours import Colour
from napari_nuclei.io.outlines.geojson_writer import ObjectProperties, labels_shape
from napari_nuclei.io.outlines.outlined_object import (
    OutlinedObject,
    OutlineFile,
    check_layout,
    label_of_name,
)
from napari_nuclei.io.outlines.polygons import Outline, find_outlines

if TYPE_CHECKING:
    import pandas as pd
    from roifile import ImagejRoi

MOVE_TO, LINE_TO, CLOSE = 0.0, 1.0, 4.0
"""Steps of the path of a composite region."""

SHAPE_COMMENT = re.compile(r"axes (\w+), shape ([\d ]+)")
"""Comment of the zip file, by which its labels are read back."""

ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})|\\(.)", re.DOTALL)

MAX_MEMBER = 50_000_000
"""Size in bytes above which a region is not read."""


def encode_rois(
    planes: Mapping[PlaneIndex, NDArray[np.integer]],
    stack_axes: Sequence[str] = (),
    table: pd.DataFrame | None = None,
    colours: Mapping[str, Sequence[int]] | None = None,
) -> bytes:
    """Return nuclei as the bytes of a zip of ImageJ regions.

    Each nucleus of a plane is a region: a polygon, or a composite region if it has
    holes or several pieces. Its property `label` is its number, and `class` its class.

    Parameters
    ----------
    planes : dict of tuple of int to ndarray of int, shape (Y, X)
        Labels of each plane by its index along `stack_axes`; a single plane has the
        index ().
    stack_axes : sequence of str
        Letters of the axes of the stack. A region of a stack belongs to its plane.
    table : DataFrame, optional
        One row for each nucleus, with the column `class`.
    colours : dict of str to sequence of int, optional
        Red, green and blue of classes, 0 to 255.
    """
    properties = None
    if table is not None and "class" in table:
        own_axes = [axis.lower() for axis in stack_axes if axis.lower() in table]
        properties = ObjectProperties(table[[*own_axes, "class"]], stack_axes, colours)
    is_hyperstack = {"Z", "T"} <= {*stack_axes}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (index, labels) in enumerate(planes.items()):
            where: dict[str, int] = dict(zip(stack_axes, index, strict=True))
            for outline in find_outlines(labels):
                name = f"{number + 1:04d}-" if stack_axes else ""
                name += f"{outline.label:05d}"
                roi = make_roi(outline)
                roi.name = name
                roi.props = f"label: {outline.label}\n"
                if stack_axes:
                    roi.position = number + 1
                if is_hyperstack:  # position of a hyperstack
                    roi.z_position, roi.t_position = where["Z"] + 1, where["T"] + 1
                if properties is not None:
                    nucleus = properties.of_nucleus(outline.label, where)
                    if group := nucleus.get("classification"):
                        roi.props += f"class: {escape(group['name'])}\n"
                        roi.stroke_color = bytes([255, *group["color"]])
                archive.writestr(f"{name}.roi", roi.tobytes())
        axes = "".join([*stack_axes, "YX"])
        sizes = " ".join(map(str, labels_shape(planes)))
        archive.comment = f"{SIGNATURE}, axes {axes}, shape {sizes}".encode()
    return file.getvalue()


def make_roi(outline: Outline) -> ImagejRoi:
    """Return the region of a nucleus, without a name."""
    from roifile import ROI_TYPE, ImagejRoi

    rings = [ring for part in outline.parts for ring in part]
    roi = ImagejRoi.frompoints(np.concatenate(rings) if len(rings) > 1 else rings[0])
    roi.roitype = ROI_TYPE.POLYGON
    if len(rings) == 1:
        return roi
    path: list[float] = []
    for ring in rings:
        for step, (x, y) in enumerate(ring.tolist()):
            path += [MOVE_TO if step == 0 else LINE_TO, x, y]
        path.append(CLOSE)
    roi.roitype, roi.n_coordinates, roi.shape_roi_size = ROI_TYPE.RECT, 0, len(path)
    roi.integer_coordinates = roi.subpixel_coordinates = None
    # The bounding box ends at the last corner; polygons end one pixel further.
    roi.right, roi.bottom = roi.right - 1, roi.bottom - 1
    roi.multi_coordinates = np.array(path, np.float32)
    return roi


def read_rois(path: Path) -> OutlineFile:
    """Read the regions of a zip file of ImageJ's ROI manager.

    Points and lines are left out; boxes and ovals are areas.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is not a zip file of regions, or has no area.
    """
    objects, count = [], 0
    try:
        with zipfile.ZipFile(path) as archive:
            comment = archive.comment.decode(errors="replace")
            for member in archive.infolist():
                if not member.filename.lower().endswith(".roi"):
                    continue
                if member.file_size > MAX_MEMBER:
                    raise ValueError(member.filename)
                count += 1
                outlined = decode_roi(archive.read(member))
                objects += [] if outlined is None else [outlined]
    except OSError:
        raise
    except Exception as error:  # a damaged file makes a decoder raise almost anything
        raise ValueError(
            f"{path.name} is not a zip file of ImageJ's ROI manager, or it is damaged"
        ) from error
    if not objects and not comment.startswith(SIGNATURE.split()[0]):
        raise ValueError(f"{path.name} holds no regions of ImageJ with an area")
    notes: tuple[str, ...] = ()
    if count > len(objects):
        notes = (
            f"Points and lines of {path.name} are left out "
            f"({count - len(objects)} of {count} regions)",
        )
    match = SHAPE_COMMENT.search(comment)
    stated = ([*match[1]], [*map(int, match[2].split())]) if match else (None, None)
    axes, shape = check_layout(*stated)
    return OutlineFile(path.name, tuple(objects), axes, shape, notes=notes)


def decode_roi(content: bytes) -> OutlinedObject | None:
    """Return the object of a region; None if the region has no area."""
    from roifile import ROI_TYPE, ImagejRoi

    roi = ImagejRoi.frombytes(content)
    areas = (ROI_TYPE.POLYGON, ROI_TYPE.FREEHAND, ROI_TYPE.TRACED)
    if roi.roitype not in (*areas, ROI_TYPE.RECT, ROI_TYPE.OVAL):
        return None
    rings = [np.asarray(ring, float) for ring in roi.coordinates(multi=True)]
    rings = [ring for ring in rings if len(ring) > 2]
    if not rings:
        return None
    if not all(np.isfinite(ring).all() for ring in rings):
        raise ValueError(roi.name)
    properties = decode_properties(roi.props)
    stated = label_of_name(f"nucleus {properties.get('label')}")
    name = properties.get("class")
    colour: Colour | None = None
    if name is not None and any(roi.stroke_color):
        _, red, green, blue = roi.stroke_color
        colour = (red, green, blue)
    in_hyperstack = roi.z_position > 0 or roi.t_position > 0
    return OutlinedObject(
        tuple((ring,) for ring in rings),
        stated or label_of_name(roi.name),
        name,
        colour,
        slice_index=max(0, roi.z_position - 1),
        frame=max(0, roi.t_position - 1),
        plane_number=None if in_hyperstack else max(0, roi.position - 1),
        even_odd=True,
    )


def decode_properties(text: str) -> dict[str, str]:
    r"""Return the properties of a region of ImageJ.

    Examples
    --------
    >>> decode_properties("label: 3\nclass: 1+\n")
    {'label': '3', 'class': '1+'}
    """
    lines = [line.partition(":") for line in text.splitlines()]
    return {key.strip(): unescape(value.strip()) for key, _, value in lines if key}


def escape(text: str) -> str:
    r"""Return text as a value of Java's properties, which ImageJ reads.

    Examples
    --------
    >>> print(escape("β\n"))
    \u03b2\n
    """
    text = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    units = text.encode("utf-16-be", errors="surrogatepass")
    codes = [int.from_bytes(units[i : i + 2]) for i in range(0, len(units), 2)]
    return "".join(chr(c) if 31 < c < 127 else f"\\u{c:04x}" for c in codes)


def unescape(text: str) -> str:
    """Return the text that `escape` made a value of."""

    def plain(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        return {"n": "\n", "r": "\r", "t": "\t"}.get(match[2], match[2])

    unescaped = ESCAPED.sub(plain, text)
    encoded = unescaped.encode("utf-16", errors="surrogatepass")
    return encoded.decode("utf-16", "replace")
