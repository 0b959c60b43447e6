"""Measure the diameter in the first images of a run, for all of its images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config.channel_names import number_of_channel
from napari_nuclei.core.axes import make_layout
from napari_nuclei.io.readers import read_image
from napari_nuclei.scale.files.crashed_files import StartedFiles, note_started
from napari_nuclei.scale.files.file_task import ENDS_RUN, FileTask
from napari_nuclei.scale.inputs import FileToSegment
from napari_nuclei.scale.records.run_lock import lock_folders
from napari_nuclei.scale.records.run_record import as_json, hash_card, read_run_record

MAX_IMAGES = 9
"""Largest number of images that are read to measure the diameter. Images without
nuclei and unreadable images do not count among the few that are enough."""

SETTING = "diameter_from_first"
"""Name of the setting in the record of a run."""


def fix_diameter(
    task: FileTask, items: Sequence[FileToSegment]
) -> tuple[FileTask, str]:
    """Set the diameter of all images of a run from its first images.

    A run that continues an earlier one with the same settings takes the diameter of
    that run, even if images were added.

    Parameters
    ----------
    task : FileTask
        With the diameter "auto".
    items : sequence of FileToSegment
        The images of the run, in order.

    Returns
    -------
    task : FileTask
        With the diameter in pixels; "auto" if no nucleus was found, or if there is only
        one image.
    note : str
        One sentence on the diameter; empty for a single image.

    Raises
    ------
    ValueError
        If the diameter of `task` is not "auto".
    PathLockedError
        If another run writes into a folder of the results.
    """
    config = task.settings.config
    if config.diameter != "auto":
        raise ValueError(
            "The diameter of the first images is only measured if it is auto; got "
            f"{config.diameter}. Leave out one of --diameter and "
            "--diameter-from-first"
        )
    task = replace(task, diameter_from_first=True)
    if len(items) < 2:
        return task, ""
    diameter = recorded_diameter(task, items[0].folder)
    how = "as in the earlier run"
    if diameter is None:
        folders = list(dict.fromkeys(item.folder for item in items))
        with lock_folders(folders), note_started(folders) as started:
            diameter, read = measure_first_images(task, items, started)
        images = "image" if read == 1 else f"{read} images"
        how = f"measured in the first {images}"
    if diameter is None:
        return task, "Diameter: measured in each image, as the first have no nuclei"
    settings = replace(task.settings, config=replace(config, diameter=diameter))
    return replace(task, settings=settings), f"Diameter: {diameter:g} px, {how}"


def recorded_diameter(task: FileTask, folder: Path) -> float | None:
    """Return the diameter of an earlier run with the same settings; None if none.

    Parameters
    ----------
    task : FileTask
        With the diameter "auto".
    folder : Path
        Folder of the results.
    """
    record = read_run_record(folder)
    earlier = record.get("settings")
    model = record.get("model")
    if not isinstance(earlier, dict) or not isinstance(model, dict):
        return None
    config = earlier.get("config")
    if not earlier.get(SETTING) or not isinstance(config, dict):
        return None
    diameter = config.get("diameter")
    if not isinstance(diameter, float | int) or not diameter > 0:
        return None
    now = as_json({**asdict(task.settings.config), "diameter": diameter})
    reads = ("axes", "channel", "pixel_size")
    same = all(
        earlier.get(name) == as_json(getattr(task.settings, name)) for name in reads
    )
    card = task.segmenter.card.as_dict()
    if not same or config != now or model.get("card_sha256") != hash_card(card):
        return None
    return float(diameter)


def measure_first_images(
    task: FileTask, items: Sequence[FileToSegment], started: StartedFiles
) -> tuple[float | None, int]:
    """Measure the diameter in the middle planes of the first images.

    Parameters
    ----------
    task : FileTask
    items : sequence of FileToSegment
    started : StartedFiles
        Images that crashed an earlier run are not read; the others are noted.

    Returns
    -------
    diameter : float, optional
        In pixels, with one decimal; None if no nucleus was found.
    read : int
        Number of images that were read.
    """
    crashed = started.read()
    # Their notes remain, so that the run isolates these images.
    started.crashed += [i for i in items if (i.folder, str(i.path)) in crashed]
    read = 0

    def samples() -> Iterator[NDArray[np.float32]]:
        nonlocal read
        for item in items[:MAX_IMAGES]:
            if (item.folder, str(item.path)) in crashed:
                continue
            started.note(item)
            sample = read_sample(task, item)
            if sample is not None:
                read += 1
                yield sample

    diameter = task.segmenter.estimate_diameter(samples(), task.settings.config)
    return (round(diameter, 1) if np.isfinite(diameter) else None), read


def read_sample(task: FileTask, item: FileToSegment) -> NDArray[np.float32] | None:
    """Return the prepared middle plane of an image.

    Returns
    -------
    ndarray of float32, shape (Y, X, 3), optional
        None if the image cannot be read, which the run reports later, or holds noise.
    """
    settings = task.settings
    try:
        if item.image_set is None:
            image = read_image(
                item.path, scene=settings.scene, max_pixels=settings.max_pixels
            )
        else:
            image = item.image_set.read(settings.max_pixels, settings.scene)
        axes = settings.axes or image.axes
        channel = number_of_channel(image.channel_names, settings.channel)
        layout = make_layout(image.pixels.shape, axes, channel)
        middle = layout.plane_count // 2
        plane = task.segmenter.read_plane(
            image.pixels, layout, middle, None, settings.config
        )
    except BaseException as error:  # a decoder may raise any error
        if isinstance(error, ENDS_RUN):
            raise
        return None
    return None if plane.preparation.holds_noise else plane.values
