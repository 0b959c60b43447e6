"""One image file in, its labels and what else is wanted out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.axes import PlaneLayout, make_layout
from napari_nuclei.core.measure.nuclei import INTENSITY, PlaneToMeasure, measure_planes
from napari_nuclei.core.segmentation import Segmentation
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Progress
from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.io.image_files import ImageFile, read_image
from napari_nuclei.io.tables import encode_csv
from napari_nuclei.io.tiff_writer import SOFTWARE, encode_labels_tiff

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """What is written for each image.

    Attributes
    ----------
    folder : Path
        Where files are written.
    overlay : bool
        A PNG of the image with the outlines of its nuclei; of a stack, the middle
        plane.
    table : bool
        A CSV with a row for every nucleus.
    """

    folder: Path
    overlay: bool = False
    table: bool = False


def segment_file(
    segmenter: Segmenter,
    path: Path,
    outputs: OutputOptions,
    *,
    stem: str | None = None,
    channel: int | None = None,
    pixel_size: float | None = None,
    config: SegmentConfig | None = None,
    progress: Progress | None = None,
) -> tuple[Segmentation, list[Path]]:
    """Segment an image file and write what is wanted beside the labels.

    Parameters
    ----------
    segmenter : Segmenter
    path : Path
        A PNG, JPEG or TIFF file.
    outputs : OutputOptions
    stem : str, optional
        How the names of the files begin; the image's own stem if None.
    channel : int, optional
        Which channel to take where the file has several.
    pixel_size : float, optional
        Size of a pixel, in micrometres; the file's own if None.
    config : SegmentConfig, optional
    progress : callable, optional
        Is told (done, total) in tiles.

    Returns
    -------
    Segmentation
    list of Path
        The files written.

    Raises
    ------
    OSError
        If a file cannot be read or written, or the labels would replace a file that
        this program did not write.
    TypeError, ValueError
        If the image is not understood; the message begins with its name.
    """
    stem = stem or path.stem
    check_overwrite(outputs.folder / f"{stem}_labels.tif")
    image = read_image(path)
    pixel_size = image.pixel_size if pixel_size is None else pixel_size
    try:
        layout = make_layout(image.pixels.shape, image.axes, channel)
        result = segmenter.run(
            image.pixels,
            axes=image.axes,
            channel=channel,
            pixel_size=pixel_size,
            progress=progress,
            config=config,
        )
    except (TypeError, ValueError) as error:
        raise type(error)(f"{path.name}: {error}") from error
    axes = layout.label_axes
    contents = {
        f"{stem}_labels.tif": encode_labels_tiff(
            result.labels, axes, pixel_size, image.z_spacing
        )
    }
    if outputs.table:
        table = measure_file(image, layout, result, pixel_size)
        contents[f"{stem}_nuclei.csv"] = encode_csv(table)
    if outputs.overlay:
        # What it imports takes longer than a small image.
        from napari_nuclei.core.overlay import draw_overlay, encode_png

        middle = list(layout.plane_indices())[len(list(layout.plane_indices())) // 2]
        labels = list(layout.label_planes(result.labels))
        picture = draw_overlay(
            layout.read_plane(image.pixels, middle), labels[len(labels) // 2]
        )
        contents[f"{stem}_overlay.png"] = encode_png(picture)
    return result, write_files(outputs.folder, contents)


def check_overwrite(path: Path) -> None:
    """Raise FileExistsError if labels are someone's work and not this program's.

    Labels that were corrected and saved elsewhere do not bear the program's name.
    """
    import tifffile

    if not path.exists():
        return
    try:
        with tifffile.TiffFile(path) as file:
            own = str(file.pages.first.software).startswith(SOFTWARE)
    except Exception:  # a damaged file makes tifffile raise almost anything
        own = False
    if not own:
        raise FileExistsError(
            f"{path} was not written by this program, or was edited since; move it or "
            "name another folder"
        )


def write_files(folder: Path, contents: Mapping[str, bytes]) -> list[Path]:
    """Write files of these names; if one cannot be written, leave no new one."""
    paths = [folder / name for name in contents]
    new = [path for path in paths if not path.exists()]
    try:
        for path, content in zip(paths, contents.values(), strict=True):
            write_atomic(path, content)
    except OSError:
        for path in new:
            path.unlink(missing_ok=True)
        raise
    return paths


def measure_file(
    image: ImageFile,
    layout: PlaneLayout,
    result: Segmentation,
    pixel_size: float | None,
) -> pd.DataFrame:
    """Return the table of an image's nuclei, measured plane by plane."""
    planes = (
        PlaneToMeasure(
            index,
            labels,
            {INTENSITY: layout.read_plane(image.pixels, index)},
            foreground,
        )
        for index, labels, foreground in zip(
            layout.plane_indices(),
            layout.label_planes(result.labels),
            layout.label_planes(result.foreground),
            strict=True,
        )
    )
    return measure_planes(planes, layout.stack_axes, pixel_size=pixel_size)
