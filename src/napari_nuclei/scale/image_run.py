"""Segment an image file and write its nuclei."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from napari_nuclei.config import MeasureConfig, SegmentConfig
from napari_nuclei.config.channel_names import number_of_channel
from napari_nuclei.config.given_config import config_or_defaults
from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.segmentation import Segmentation
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Progress
from napari_nuclei.io.atomic import write_files
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.io.image_files import ImageFile
from napari_nuclei.io.labelled_image import LabelledImage
from napari_nuclei.io.microscopes.scenes import Scene, add_scene
from napari_nuclei.io.readers import read_image
from napari_nuclei.io.writer import Writer
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.store import DEFAULT_MODEL
from napari_nuclei.model.user_models import hint_at_model
from napari_nuclei.scale.files.file_settings import FileSettings
from napari_nuclei.scale.files.image_set import ImageSet
from napari_nuclei.scale.output_paths import (
    OutputPaths,
    check_output_paths,
    has_table,
    plan_output_paths,
)
from napari_nuclei.scale.tables.measure_segmented import (
    measure_segmented,
    paths_of_image,
)
from napari_nuclei.scale.tables.region_counts import encode_counts


@dataclass(frozen=True, slots=True)
class SegmentedFile:
    """The nuclei of an image file, and the files they were written to.

    Attributes
    ----------
    segmentation : Segmentation
        Labels, foreground probability, number of nuclei and more.
    written : tuple of Path
        In the order of the formats.
    """

    segmentation: Segmentation
    written: tuple[Path, ...]


@suggests_keywords
def segment_file(
    source: str | Path,
    destination: str | Path | None = None,
    *,
    model: str | Path | Segmenter = DEFAULT_MODEL,
    formats: Sequence[str] | None = None,
    axes: str | None = None,
    channel: int | str | None = None,
    pixel_size: float | None = None,
    z_spacing: float | None = None,
    scene: Scene = None,
    config: SegmentConfig | None = None,
    measurements: MeasureConfig | None = None,
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
) -> SegmentedFile:
    """Segment an image file and write its nuclei.

    Parameters
    ----------
    source : path-like
        A PNG, JPEG or TIFF file; CZI, LIF and ND2 with the extra `bioio`.
    destination : path-like, optional
        A file with the suffix of a format, such as ``labels.tif``. Other formats are
        written to its folder. Any other path is a folder, created if needed. By default
        the folder of the image.
    model : str, path-like or Segmenter
        Name of a model, folder of a model, or a loaded one.
    formats : sequence of str, optional
        What to write: labels, png, mask, probability, geojson, rois, csv, parquet,
        kaggle or overlay; also tracks, lineage, ctc and geff if tracked. By default
        the format that the destination's name ends in (``mask.png``, ``labels.png``),
        that of its suffix, or labels. The formats png, mask and kaggle cannot hold
        stacks.
    axes : str, optional
        One letter for each axis of the file, such as TZYX, if it does not state its
        axes or states wrong ones.
    channel : int or str, optional
        Channel to segment, counted from 0, if the file has several; "red", "green" or
        "blue" for one channel of RGB.
    pixel_size : float, optional
        Side of a pixel, in µm. By default the pixel size that the file states.
    z_spacing : float, optional
        Distance between slices, in µm. By default the one that the file states.
    scene : int or str, optional
        Scene of a CZI, LIF or ND2 file, as for `read_image`.
    config : SegmentConfig, optional
    measurements : MeasureConfig, optional
        What the table holds besides sizes and shapes: other images, rings, stains,
        classes and regions. The table is written as CSV unless `formats` names another
        one; the counts by region are written to ``<table>_regions``.
    max_pixels : int
        Largest number of pixels of the file, as for `read_image`.
    progress : callable, optional
        Called with (done, total) in tiles; raise an error in it to cancel.

    Returns
    -------
    SegmentedFile

    Raises
    ------
    OSError
        If a file cannot be read or written, or would replace labels or outlines that
        another program wrote or changed.
    TypeError, ValueError
        If the image cannot be segmented (the message begins with its name), a format
        is unknown or cannot hold the image, or the image itself would be replaced.

    Examples
    --------
    >>> import tempfile
    >>> import tifffile
    >>> from napari_nuclei import synthetic_nuclei
    >>> image, truth = synthetic_nuclei((128, 128), seed=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tifffile.imwrite(f"{folder}/cells.tif", image)
    ...     done = segment_file(f"{folder}/cells.tif", formats=["labels", "csv"])
    ...     print(*(path.name for path in done.written))
    cells_labels.tif cells_nuclei.csv
    """
    if not isinstance(source, str | Path):
        raise TypeError(
            f"The image must be named by a path; got {type(source).__name__}. Segment "
            "an array with Segmenter.segment(image)"
        )
    settings = FileSettings(
        config=config_or_defaults(config, SegmentConfig),
        axes=axes,
        channel=channel,
        pixel_size=pixel_size,
        z_spacing=z_spacing,
        scene=scene,
        max_pixels=max_pixels,
        measurements=measurements,
    )
    if hint := hint_at_model(source):
        raise FileNotFoundError(f"{source}: there is no such file{hint}")
    source = Path(source).expanduser()
    if destination is not None:
        destination = Path(destination).expanduser()
    table = measurements is not None
    stem = add_scene(source.stem, scene)
    outputs = plan_output_paths(source, destination, formats, stem, table=table)
    for writer in outputs.values():
        writer.check_installed()
    segmenter = model if isinstance(model, Segmenter) else load_segmenter(model)
    return segment_to_paths(segmenter, source, outputs, settings, progress=progress)


def segment_to_paths(
    segmenter: Segmenter,
    source: Path,
    outputs: OutputPaths,
    settings: FileSettings,
    *,
    image_set: ImageSet | None = None,
    progress: Progress | None = None,
) -> SegmentedFile:
    """Segment an image file and write its nuclei to the given paths.

    Parameters
    ----------
    segmenter : Segmenter
    source : Path
        The image file; with `image_set` it only names the image.
    outputs : dict of Path to Writer
    settings : FileSettings
    image_set : ImageSet, optional
        Files to read as one image. Tables measure all of its channels.
    progress : callable, optional
        As for `segment_file`.

    Raises
    ------
    OSError, TypeError, ValueError
        As for `segment_file`.
    """
    for writer in outputs.values():
        writer.check_tracks(settings.config.track)
    check_output_paths(outputs)
    measurements = settings.measurements
    if measurements is not None:
        measurements = paths_of_image(measurements, source)
    scene, max_pixels = settings.scene, settings.max_pixels
    if image_set is None:
        image = read_image(source, scene=scene, max_pixels=max_pixels)
    else:
        image = image_set.read(max_pixels, scene)
        if image_set.several_channels and has_table(outputs):
            measurements = measurements or MeasureConfig()
    try:
        result, labelled = segment_image(
            segmenter, image, settings, outputs.values(), progress
        )
        labelled = replace(
            labelled,
            name=add_scene(source.stem, scene),
            position=None if image_set is None else image_set.position,
        )
        counts = None
        if measurements is not None:
            names = () if image_set is None else image_set.channel_names
            done = measure_segmented(labelled, measurements, max_pixels, names)
            result = replace(result, notes=(*result.notes, *done.notes))
            labelled = labelled.with_table(done.table)
            counts = done.counts
        contents = {
            path: writer.encode(labelled)
            for path, writer in outputs.items()
            if writer.write_folder is None
        }
        if counts is not None:
            contents |= encode_counts(counts, outputs)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{source.name}: {error}") from error
    write_files(contents)
    for path, writer in outputs.items():
        if writer.write_folder is not None:
            writer.write_folder(labelled, path)
    written = dict.fromkeys([*outputs, *contents])  # in the order of the formats
    return SegmentedFile(result, tuple(written))


def segment_image(
    segmenter: Segmenter,
    image: ImageFile,
    settings: FileSettings,
    writers: Iterable[Writer],
    progress: Progress | None = None,
) -> tuple[Segmentation, LabelledImage]:
    """Segment an image that was read from a file.

    Parameters
    ----------
    segmenter : Segmenter
    image : ImageFile
    settings : FileSettings
    writers : iterable of Writer
        What will be written; a writer refuses an image that it cannot hold.
    progress : callable, optional

    Returns
    -------
    result : Segmentation
        Its notes begin with those on the file.
    labelled : LabelledImage
        What the writers write.
    """
    axes, channel = settings.axes, settings.channel
    pixel_size, z_spacing = settings.pixel_size, settings.z_spacing
    pixel_size = image.pixel_size if pixel_size is None else pixel_size
    z_spacing = image.z_spacing if z_spacing is None else z_spacing
    number = number_of_channel(image.channel_names, channel)
    layout = make_layout(image.pixels.shape, axes or image.axes, number)
    for writer in writers:
        writer.check_layout(layout)
    result = segmenter.run(
        image.pixels,
        axes=layout.axes,
        channel=layout.channel,
        pixel_size=pixel_size,
        z_spacing=z_spacing,
        progress=progress,
        config=settings.config,
    )
    result = replace(result, notes=(*image.notes_with(axes, channel), *result.notes))
    labelled = LabelledImage(
        labels=result.labels,
        layout=layout,
        pixel_size=pixel_size,
        z_spacing=z_spacing,
        image=image.pixels,
        foreground=result.foreground,
        curve=result.curve,
        joined=result.joined,
        tracking=result.tracking,
    )
    return result, labelled
