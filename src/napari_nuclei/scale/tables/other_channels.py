"""Measure the channels of an OME-Zarr image that were not segmented."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from napari_nuclei.core.measure.nuclei import INTENSITY, measure
from napari_nuclei.core.measure.volumes import select_channel
from napari_nuclei.io.ome.image_labels import open_labels
from napari_nuclei.io.readers import open_image
from napari_nuclei.io.zarr_images import ome_attributes, open_zarr_node

if TYPE_CHECKING:
    import pandas as pd


def measure_other_channels(
    source: Path,
    labels: Path,
    *,
    axes: str | None = None,
    channel: int | str | None = None,
    joined: bool = False,
) -> pd.DataFrame | None:
    """Measure the intensities of nuclei in the channels that were not segmented.

    Parameters
    ----------
    source, labels : Path
        An image in OME-Zarr, and its labels.
    axes, channel
        As the image was segmented.
    joined : bool
        Whether nuclei extend over the slices of a stack.

    Returns
    -------
    DataFrame, optional
        One row a nucleus: its plane in a stack, and columns such as ``marker_mean``.
        None if the image has one channel.

    Raises
    ------
    OSError, ValueError
        If the image or its labels cannot be read.
    """
    with closing(open_image(source)) as image:
        layout = image.layout(axes, channel)
        if layout.channel is None or layout.size("C") == 1:
            return None
        names = name_channels(source, layout.size("C"))
        images = {
            name: select_channel(image.pixels, replace(layout, channel=number))
            for number, name in enumerate(names)
            if number != layout.channel
        }
        table = measure(
            open_labels(labels).pixels, images, axes=layout.label_axes, joined=joined
        )
    beginnings = tuple(f"{name}_" for name in images)
    planes = {axis.lower() for axis in layout.stack_axes}
    kept = [name for name in table if name in planes or name.startswith(beginnings)]
    return table[kept]


def name_channels(source: Path, count: int) -> list[str]:
    """Return the names of the channels of an image in OME-Zarr.

    They are the names in the image if all differ, else ``channel_0`` and so on.
    """
    stated = ome_attributes(open_zarr_node(source)).get("omero") or {}
    names = [str(one.get("label") or "") for one in stated.get("channels") or ()]
    usable = len(names) == len({*names} - {"", INTENSITY}) == count
    return names if usable else [f"channel_{number}" for number in range(count)]
