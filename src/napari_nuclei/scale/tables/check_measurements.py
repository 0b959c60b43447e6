"""Check the settings of tables before the first image of a run is segmented.

A mistake that concerns every image is then one error of the run, not one an image.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from napari_nuclei.config.measure_config import MeasureConfig
from napari_nuclei.core.measure.nuclei import INTENSITY
from napari_nuclei.io.classifier_files import read_classifier
from napari_nuclei.io.readers import image_suffixes
from napari_nuclei.scale.tables.measure_segmented import (
    REGION_SUFFIXES,
    STEM,
    check_image_names,
    find_partner,
)
from napari_nuclei.scale.tables.possible_columns import PossibleColumns, check_columns


def check_measurements(
    config: MeasureConfig,
    sources: Sequence[Path],
    *,
    channel_names: Iterable[str] = (),
    joined: bool | None = None,
) -> None:
    """Raise an error if settings fit none of the images of a run.

    Parameters
    ----------
    config : MeasureConfig
    sources : sequence of Path
        The files to segment.
    channel_names : iterable of str
        Names of the channels that tables measure too.
    joined : bool, optional
        Whether nuclei are volumes; None if either is possible.

    Raises
    ------
    OSError
        If a classifier cannot be read, or no image has its images or regions.
    ValueError
        If several images share an image or regions, a name is that of the segmented
        image, or no table can have a column that is named.
    """
    check_image_names(config)
    check_partners(config, len(sources))
    for path in config.images.values():
        check_some_partner(Path(path), sources, image_suffixes())
    if config.regions is not None:
        check_some_partner(Path(config.regions), sources, REGION_SUFFIXES)
    names = (INTENSITY, *config.images, *channel_names)
    check_named_columns(config, names, joined=joined)


def check_named_columns(
    config: MeasureConfig, images: Iterable[str], *, joined: bool | None = None
) -> None:
    """Raise an error if settings name a column that no table can have.

    Parameters
    ----------
    config : MeasureConfig
        Its `properties` and `threshold`, and the columns of its classifier, are
        checked.
    images : iterable of str
        Names of the images in which intensities are measured.
    joined : bool, optional
        Whether nuclei are volumes; None if either is possible.

    Raises
    ------
    OSError
        If the classifier cannot be read.
    ValueError
        If it is no classifier, or there is no such column.
    """
    learnt = () if config.classify is None else read_classifier(config.classify).columns
    possible = PossibleColumns.of_settings(config, images, joined=joined)
    check_columns(config, possible, learnt)


def check_partners(config: MeasureConfig, count: int) -> None:
    """Raise ValueError if several segmented files share an image or regions."""
    if count < 2:
        return
    paths = {f"image {name}": path for name, path in config.images.items()}
    if config.regions is not None:
        paths["regions"] = config.regions
    for what, path in paths.items():
        if STEM not in str(path) and Path(path).expanduser().is_file():
            raise ValueError(
                f"{path} ({what}) is one file for {count} images; name a folder with a "
                f"file for each image, or a path with {STEM}, such as {STEM}_ki67.tif"
            )


def check_some_partner(
    path: Path, sources: Sequence[Path], suffixes: Sequence[str]
) -> None:
    """Raise FileNotFoundError if no segmented file has the file that belongs to it.

    Parameters
    ----------
    path, suffixes
        As for `find_partner`.
    sources : sequence of Path
    """
    if STEM not in str(path) and not path.expanduser().exists():
        raise FileNotFoundError(f"{path}: there is no such file or folder")
    first = ""
    for source in sources:
        try:
            find_partner(path, source, suffixes)
            return
        except FileNotFoundError as error:
            first = first or str(error)
    others = "; the other images have none either" if len(sources) > 1 else ""
    raise FileNotFoundError(first + others)
