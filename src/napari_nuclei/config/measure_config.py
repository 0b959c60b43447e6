"""The settings of the table of nuclei of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from napari_nuclei.config.number_checks import is_finite_number


@dataclass(frozen=True, slots=True)
class MeasureConfig:
    """What a table of the nuclei of files holds, besides their sizes and shapes.

    Attributes
    ----------
    images : dict of str to path-like
        Images in which intensities are measured, by the name of their columns. Of
        several segmented files, each has an image of its own: name a folder with images
        of the same names, or a path with ``{stem}``, which stands for the name of the
        segmented file without its suffix.
    ring : tuple of two float or str, optional
        Gap and width of a ring around each nucleus, in pixels or as "1um".
    background : float, optional
        Percentile of the pixels outside nuclei that is subtracted.
    stains : sequence of str
        Optical densities in images with colours: "haematoxylin", "eosin", "dab".
    properties : sequence of str, optional
        Columns, or statistics of all images such as "mean"; by default all.
    regions : path-like, optional
        GeoJSON file of regions whose nuclei are counted; of several files a folder or a
        path with ``{stem}``, as for `images`.
    classify : path-like, optional
        File of a classifier, as `write_classifier` writes it.
    threshold : tuple of (str, sequence of float), optional
        A column and one to three limits that divide nuclei into classes; without
        limits, Otsu's.

    Examples
    --------
    >>> MeasureConfig(images={"ki67": "{stem}_ki67.tif"}).is_empty
    False
    """

    images: Mapping[str, str | Path] = field(default_factory=dict)
    ring: tuple[float | str, float | str] | None = None
    background: float | None = None
    stains: Sequence[str] = ()
    properties: Sequence[str] | None = None
    regions: str | Path | None = None
    classify: str | Path | None = None
    threshold: tuple[str, Sequence[float]] | None = None

    def __post_init__(self) -> None:
        """Raise ValueError if settings do not fit."""
        if self.background is not None and not (
            is_finite_number(self.background) and 0 <= self.background <= 100
        ):
            raise ValueError(
                f"background must be a percentile of 0 to 100; got {self.background!r}"
            )
        if self.classify is not None and self.threshold is not None:
            raise ValueError(
                "Nuclei are classified by a classifier or by a threshold, not by both; "
                "leave out classify or threshold"
            )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is measured that a table does not have anyway."""
        return self == MeasureConfig()
