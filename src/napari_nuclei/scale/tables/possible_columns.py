"""The columns that a table of nuclei may have, known before anything is measured.

A misspelt name is then reported before the first image, not for each image.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from napari_nuclei.config.measure_config import MeasureConfig
from napari_nuclei.core.measure.columns import (
    LENGTHS,
    OTHER,
    SHAPE,
    STATISTICS,
    VOLUME_SHAPE,
    no_column,
    no_property,
)

PLANE_SIZES = ("area_um2", *(f"{name}_um" for name in LENGTHS))
VOLUME_SIZES = ("volume_um3", "surface_um2", "extent_z_um")
"""Columns in µm, if a pixel size is known."""

CLASS_COLUMNS = ("class", "certainty")


@dataclass(frozen=True, slots=True)
class PossibleColumns:
    """The columns that the tables of a run may have.

    Attributes
    ----------
    images : tuple of str
        Names of the images in which intensities are measured.
    ring : bool
        Whether rings are measured.
    stains : tuple of str
        Stains whose optical density is measured.
    joined : bool, optional
        Whether nuclei are volumes; None if either is possible.
    has_classes : bool
        Whether nuclei are classified.
    """

    images: tuple[str, ...]
    ring: bool = False
    stains: tuple[str, ...] = ()
    joined: bool | None = None
    has_classes: bool = False

    @classmethod
    def of_settings(
        cls,
        config: MeasureConfig,
        images: Iterable[str],
        *,
        joined: bool | None = None,
    ) -> PossibleColumns:
        """Return the columns of settings and of images of these names."""
        return cls(
            tuple(dict.fromkeys(images)),
            config.ring is not None,
            tuple(config.stains),
            joined,
            config.classify is not None or config.threshold is not None,
        )

    def __contains__(self, name: object) -> bool:
        """Return whether a table may have a column of this name.

        An image with several channels has the columns `<image>_0_mean` and so on.
        """
        if not isinstance(name, str):
            return False
        if name in self.fixed or name == "plane" or (len(name) == 1 and name.islower()):
            return True
        images = "|".join(map(re.escape, self.images))
        stains = f"(_({'|'.join(map(re.escape, self.stains))}))?" if self.stains else ""
        ring = "(_ring)?" if self.ring else ""
        ends = "|".join((*STATISTICS, "nan", *(("ring_ratio",) if self.ring else ())))
        pattern = rf"({images})(_\d+)?{stains}({ring}_({ends}))"
        return bool(self.images and re.fullmatch(pattern, name))

    @property
    def fixed(self) -> tuple[str, ...]:
        """Columns that depend on no image."""
        plane = () if self.joined else (*SHAPE, *PLANE_SIZES)
        volume = () if self.joined is False else (*VOLUME_SHAPE, *VOLUME_SIZES)
        classes = CLASS_COLUMNS if self.has_classes else ()
        lengths = PLANE_SIZES[1:] if self.joined else ()
        return tuple(dict.fromkeys([*plane, *volume, *lengths, *OTHER, *classes]))

    @property
    def usual(self) -> tuple[str, ...]:
        """The columns that a message lists."""
        kinds = ("", "_ring") if self.ring else ("",)
        parts = ("", *(f"_{stain}" for stain in self.stains))
        of_images = [
            f"{image}{part}{kind}_{statistic}"
            for image in self.images
            for part in parts
            for kind in kinds
            for statistic in STATISTICS
        ]
        return (*self.fixed, *of_images)


def check_columns(
    config: MeasureConfig,
    possible: PossibleColumns,
    classifier_columns: Sequence[str] = (),
) -> None:
    """Raise ValueError if settings name a column that no table of a run can have.

    Parameters
    ----------
    config : MeasureConfig
        Its `properties` and `threshold` are checked.
    possible : PossibleColumns
    classifier_columns : sequence of str
        Columns that the classifier of `config` was made for.
    """
    properties = config.properties or ()
    for name in (properties,) if isinstance(properties, str) else properties:
        if name not in possible and name not in STATISTICS:
            raise no_property(name, [*possible.usual, *STATISTICS])
    if config.threshold is not None and config.threshold[0] not in possible:
        raise no_column(config.threshold[0], possible.usual)
    missing = [name for name in classifier_columns if name not in possible]
    if missing:
        raise ValueError(
            "the classifier was made for other columns: the table lacks "
            f"{', '.join(missing)}. Measure the same images under the same names"
        )
