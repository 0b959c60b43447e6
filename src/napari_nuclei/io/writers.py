"""The formats in which nuclei are written.

A format is a function from a `LabelledImage` to the bytes of a file, and one line in
`WRITERS`. The command line, Python and napari offer what stands there. Nothing heavy is
imported before a file is written: the help of the command lists these formats.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from napari_nuclei.io.labelled_image import LabelledImage
from napari_nuclei.io.tracks.track_writers import TRACK_WRITERS
from napari_nuclei.io.writer import Writer


def encode_labels(image: LabelledImage) -> bytes:
    """Return the labels as a TIFF file."""
    from napari_nuclei.io.tiff_writer import encode_labels_tiff

    return encode_labels_tiff(
        image.labels, image.axes, image.pixel_size, image.z_spacing
    )


def encode_probability(image: LabelledImage) -> bytes:
    """Return the foreground probability as a TIFF file of float32."""
    from napari_nuclei.io.tiff_writer import encode_image_tiff

    if image.foreground is None:
        raise ValueError("The probability cannot be written: the image has none")
    return encode_image_tiff(
        image.foreground, image.axes, image.pixel_size, image.z_spacing
    )


def encode_png_labels(image: LabelledImage) -> bytes:
    """Return the labels of a plane as a PNG file."""
    from napari_nuclei.io.png import encode_labels_png

    (labels,) = image.planes.values()
    return encode_labels_png(labels)


def encode_mask(image: LabelledImage) -> bytes:
    """Return a binary mask of a plane as a PNG file."""
    from napari_nuclei.io.png import encode_mask_png

    (labels,) = image.planes.values()
    return encode_mask_png(labels)


def encode_overlay(image: LabelledImage) -> bytes:
    """Return a picture of the image with outlines; of a stack the middle plane."""
    from napari_nuclei.core.overlay import draw_overlay
    from napari_nuclei.io.png import encode_png

    if image.image is None:
        raise ValueError("The overlay cannot be drawn: there is no image")
    planes = [*image.planes.items()]
    index, labels = planes[len(planes) // 2]
    return encode_png(draw_overlay(image.layout.read_plane(image.image, index), labels))


def encode_polygons(image: LabelledImage) -> bytes:
    """Return the outlines, measurements and classes as a GeoJSON file."""
    from napari_nuclei.io.outlines.geojson_writer import encode_geojson

    return encode_geojson(
        image.planes, image.table, image.layout.stack_axes, image.colours
    )


def encode_regions(image: LabelledImage) -> bytes:
    """Return the outlines and classes as a zip file of ImageJ regions."""
    from napari_nuclei.io.outlines.imagej_rois import encode_rois

    return encode_rois(
        image.planes, image.layout.stack_axes, image.classes, image.colours
    )


def encode_csv_table(image: LabelledImage) -> bytes:
    """Return the table as a CSV file."""
    from napari_nuclei.io.tables import encode_csv

    return encode_csv(image.table)


def encode_parquet_table(image: LabelledImage) -> bytes:
    """Return the table as a parquet file."""
    from napari_nuclei.io.tables import encode_parquet

    return encode_parquet(image.table)


def encode_run_lengths(image: LabelledImage) -> bytes:
    """Return the run lengths of the nuclei of a plane as a CSV file."""
    from napari_nuclei.io.outlines.run_lengths import encode_submission

    (labels,) = image.planes.values()
    return encode_submission(image.name, labels)


WRITERS = (
    Writer(
        "labels",
        "_labels.tif",
        "TIFF, one number per nucleus",
        encode_labels,
        editable=True,
    ),
    Writer(
        "png",
        "_labels.png",
        "PNG of 16 bits, one number per nucleus",
        encode_png_labels,
        "as numbers in a PNG image",
        stacks=False,
        editable=True,
    ),
    Writer(
        "mask",
        "_mask.png",
        "binary PNG, 255 in nuclei",
        encode_mask,
        "as a binary mask",
        stacks=False,
        editable=True,
    ),
    Writer(
        "probability",
        "_probability.tif",
        "TIFF of float32, foreground probability",
        encode_probability,
    ),
    Writer(
        "geojson",
        "_nuclei.geojson",
        "polygons with measurements, for QuPath",
        encode_polygons,
        "as GeoJSON (QuPath)",
        editable=True,
    ),
    Writer(
        "rois",
        "_rois.zip",
        "regions for ImageJ's ROI manager",
        encode_regions,
        "as ImageJ regions",
        editable=True,
    ),
    Writer(
        "csv",
        "_nuclei.csv",
        "table of measurements",
        encode_csv_table,
        "as a table (CSV)",
    ),
    Writer(
        "parquet",
        "_nuclei.parquet",
        "table of measurements, needs pyarrow",
        encode_parquet_table,
        "as a table (parquet)",
        requires="pyarrow",
    ),
    Writer(
        "kaggle",
        "_submission.csv",
        "CSV of run lengths, one row per nucleus, and submission.csv of all images",
        encode_run_lengths,
        stacks=False,
    ),
    Writer(
        "overlay",
        "_overlay.png",
        "PNG, the image with the outlines of its nuclei",
        encode_overlay,
    ),
    *TRACK_WRITERS,
)

FORMATS = tuple(writer.name for writer in WRITERS)


def stem_of_image(result: Path) -> str:
    """Return the name of the image of a result, without the ending of its format.

    Examples
    --------
    >>> names = ("a_labels.tif", "a_nuclei.geojson", "a_rois.zip", "a.tif", "_mask.png")
    >>> [stem_of_image(Path(name)) for name in names]
    ['a', 'a', 'a', 'a', '_mask']
    """
    endings = {Path(writer.ending).stem for writer in WRITERS}
    for ending in sorted(endings, key=len, reverse=True):
        if result.stem.endswith(ending) and result.stem != ending:
            return result.stem.removesuffix(ending)
    return result.stem


def table_stem(image: str) -> str:
    """Return the name, without suffix, of the table of an image.

    Examples
    --------
    >>> table_stem("a"), table_stem(""), table_stem("nuclei")
    ('a_nuclei', 'nuclei', 'nuclei')
    """
    return "nuclei" if image in ("", "nuclei") else f"{image}_nuclei"


def find_writers(formats: Sequence[str]) -> list[Writer]:
    """Return the writers of formats, each once, in the order of the names.

    Raises
    ------
    ValueError
        If there is no format, or none of a name.
    """
    if isinstance(formats, str):
        formats = [formats]
    named = {writer.name: writer for writer in WRITERS}
    for name in formats:
        if name not in named:
            raise ValueError(f"formats must be of {', '.join(FORMATS)}; got {name!r}")
    if not formats:
        raise ValueError(f"formats must name at least one of {', '.join(FORMATS)}")
    return [named[name] for name in dict.fromkeys(formats)]


def writer_of_suffix(path: Path, writers: Sequence[Writer]) -> Writer | None:
    """Return the writer that the name of a file asks for, or None.

    Several formats share a suffix. The end of the name decides between them, such as
    ``mask.png`` or ``a_labels.png``; otherwise the first of the writers is returned.

    Examples
    --------
    >>> writer_of_suffix(Path("nuclei.TIFF"), WRITERS).name
    'labels'
    >>> writer_of_suffix(Path("mask.png"), WRITERS).name
    'mask'
    """
    candidates = writers_of_suffix(path, writers)
    named = [writer for writer in candidates if names_format(path, writer)]
    return next(iter([*named, *candidates]), None)


def writers_of_suffix(path: Path, writers: Sequence[Writer]) -> list[Writer]:
    """Return the writers whose files have the suffix of a path."""
    suffix = path.suffix.lower()
    suffix = {".tiff": ".tif"}.get(suffix, suffix)
    return [w for w in writers if w.suffix == suffix != ""]  # a folder has none


def names_format(path: Path, writer: Writer) -> bool:
    """Return whether the name of a file ends like those of a format.

    Examples
    --------
    >>> by_name = {writer.name: writer for writer in WRITERS}
    >>> [names_format(Path("my_mask.png"), by_name[name]) for name in ("mask", "png")]
    [True, False]
    """
    last_word = Path(writer.ending).stem.strip("_")
    return path.stem.lower().endswith(last_word)
