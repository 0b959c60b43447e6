"""Open files of microscopes, such as CZI, ND2 and LIF, in napari."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from napari_nuclei.io.image_files import ImageFile
from napari_nuclei.io.microscopes.plugins import PLUGINS, is_microscope_name
from napari_nuclei.io.readers import open_image
from napari_nuclei.io.zarr_images import spacing_of_slices
from napari_nuclei.widgets.contributions.napari_readers import LayerData, read_files
from napari_nuclei.widgets.folder.open_result import CHANNEL_COLOURS, transform

MAX_BYTES_IN_MEMORY = 1 << 30
"""Larger images are read when a part of them is shown."""


def get_reader(
    path: str | list[str] | None = None,
) -> Callable[[Any], list[LayerData]] | None:
    """Return the function that reads files of microscopes; None for other files.

    If the package for the format is missing, this function shows the command that
    installs it.

    Parameters
    ----------
    path : str or list of str, optional
        From a list, the first file decides. Without a path, as from the command
        palette, a dialog asks for files.
    """
    if path is None:
        from napari_nuclei.widgets.contributions.open_files import ask_and_open

        hint = f"Files of microscopes end in {', '.join(PLUGINS)}"
        ask_and_open("Open files of a microscope", tuple(PLUGINS), get_reader, hint)
        return None
    first = Path(path[0] if isinstance(path, list) else path)
    if not is_microscope_name(first.name):
        return None
    return partial(read_files, read_image_layers)


def read_image_layers(path: Path) -> tuple[list[LayerData], Sequence[str]]:
    """Read a file as image layers, one for each channel; return notes too."""
    opened = open_image(path)
    pixels = getattr(opened.pixels, "lazy", opened.pixels)
    if pixels.nbytes <= MAX_BYTES_IN_MEMORY:
        pixels = np.asarray(pixels)
    image = ImageFile(
        pixels, opened.axes or "", opened.pixel_size, spacing_of_slices(opened)
    )
    settings = transform(image, "CS")
    colours = image.axes.endswith("S")
    place = image.axes.find("C")
    if place < 0:
        settings |= {"name": path.stem, "rgb": colours}
        return [(pixels, settings, "image")], opened.notes
    layers: list[LayerData] = []
    for number in range(pixels.shape[place]):
        name = opened.channel_names[number] if opened.channel_names else str(number)
        own = {
            "name": f"{path.stem} {name}",
            "rgb": colours,
            "blending": "additive",
            "colormap": CHANNEL_COLOURS[number % len(CHANNEL_COLOURS)],
        }
        plane = pixels[(slice(None),) * place + (number,)]
        layers.append((plane, settings | own, "image"))
    return layers, opened.notes
