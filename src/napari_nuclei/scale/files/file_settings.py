"""How image files are read, segmented and measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from napari_nuclei.config import MeasureConfig, SegmentConfig
from napari_nuclei.config.stated_calibration import check_calibration
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.io.microscopes.scenes import Scene


@dataclass(frozen=True, slots=True)
class FileSettings:
    """The arguments that `segment_file` and `segment_files` share.

    Attributes
    ----------
    config : SegmentConfig
    axes, channel, pixel_size, z_spacing, scene, max_pixels
        How a file is read.
    measurements : MeasureConfig, optional
        What the table holds besides sizes and shapes.

    Raises
    ------
    TypeError, ValueError
        If axes or sizes fit no image.
    """

    config: SegmentConfig = field(default_factory=SegmentConfig)
    axes: str | None = None
    channel: int | str | None = None
    pixel_size: float | None = None
    z_spacing: float | None = None
    scene: Scene = None
    max_pixels: int = MAX_PIXELS
    measurements: MeasureConfig | None = None

    def __post_init__(self) -> None:
        check_calibration(self.axes, self.pixel_size, self.z_spacing)

    def as_record(self) -> dict[str, Any]:
        """Return the settings that decide the results, by name."""
        names = ("axes", "channel", "pixel_size", "z_spacing", "config", "measurements")
        record = {name: getattr(self, name) for name in names}
        return record if self.scene is None else record | {"scene": self.scene}
