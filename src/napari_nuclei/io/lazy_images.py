"""Images whose pixels are read in parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from napari_nuclei.config.channel_names import number_of_channel, reading_notes
from napari_nuclei.core.axes import PlaneLayout, make_layout
from napari_nuclei.io.checks.source_identity import (
    HiddenChangeError,
    SourceChangedError,
    check_unchanged,
    identify_content,
    identify_file,
    identify_quickly,
)


@dataclass(frozen=True, slots=True)
class AxisCalibration:
    """The spacing of pixels along an axis.

    Attributes
    ----------
    spacing, origin : float
        Distance between pixels, and position of the first one.
    unit : str, optional
        Unit of both, as OME-Zarr names it.
    """

    spacing: float
    origin: float = 0.0
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class LazyImage:
    """An image whose pixels are read in parts.

    Attributes
    ----------
    pixels : array-like
        Has a shape and a dtype; slices are numpy arrays.
    axes : str, optional
        One letter for each axis; None if the source does not state them.
    pixel_size : float, optional
        Side of a pixel, in µm.
    identity : str
        Differs from that of other images, and changes with the file.
    path : str
        Path of the file; empty for an array.
    file : object, optional
        File to close at the end.
    calibrations : dict of str to AxisCalibration
        Spacing of pixels by the letter of the axis, if the source states it.
    notes : tuple of str
        Remarks on how the file was read, one sentence each.
    axes_note : str
        What was assumed about axes that the file does not name, if anything.
    group : str
        Path of the group of an OME-Zarr image; empty for other formats.
    holds_labels : bool
        Whether the source states that its pixels are labels.
    array : str
        Path of the array inside a zarr; empty if there is no such.
    state : str
        Changes when the file is removed, as from `identify_quickly`.
    channel_names : tuple of str
        Name of each channel, if the file states them and they can be chosen by name.
    scene : int
        Number of the scene of a file of a microscope.
    """

    pixels: Any
    axes: str | None
    pixel_size: float | None
    identity: str
    path: str = ""
    file: Any = None
    calibrations: Mapping[str, AxisCalibration] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    group: str = ""
    holds_labels: bool = False
    axes_note: str = ""
    array: str = ""
    state: str = ""
    channel_names: tuple[str, ...] = ()
    scene: int = 0

    def notes_with(
        self, axes: str | None, channel: int | str | None = None
    ) -> tuple[str, ...]:
        """Return the notes; `axes` and `channel` are what the user chose."""
        return reading_notes(
            self.notes, self.axes_note, axes, self.channel_names, channel
        )

    def close(self) -> None:
        """Close the file, if there is one."""
        if self.file is not None:
            self.file.close()

    def check_unchanged(self, *, quick: bool = False) -> None:
        """Raise SourceChangedError if the file was removed or has changed.

        Parameters
        ----------
        quick : bool
            Compare only what takes about a millisecond.
        """
        path = Path(self.path)
        if not self.path:
            return
        try:
            if self.state:
                check_unchanged(path, self.state, identify_quickly(path, self.array))
            if quick:
                return
            now = identify_file(path, self.array)
            if self.state and path.exists() and now != self.identity:
                raise HiddenChangeError(f"{path} has changed since the run began")
            check_unchanged(path, self.identity, now)
        except FileNotFoundError:  # it is being removed now
            raise SourceChangedError(f"{path} was removed during the run") from None

    def identify_content(self) -> str:
        """Return a text that changes with any pixel of the file; empty for an array."""
        return identify_content(Path(self.path), self.array) if self.path else ""

    def check_content(self, content: str) -> None:
        """Raise SourceChangedError if the file was removed or its content has changed.

        Parameters
        ----------
        content : str
            As from `identify_content` when the run began.
        """
        self.check_unchanged()
        try:
            now = self.identify_content()
        except FileNotFoundError:
            raise SourceChangedError(
                f"{self.path} was removed during the run"
            ) from None
        if now != content:
            raise HiddenChangeError(f"{self.path} has changed since the run began")

    def layout(self, axes: str | None, channel: int | str | None) -> PlaneLayout:
        """Return the layout of planes; `axes` replaces the axes of the source."""
        channel = number_of_channel(self.channel_names, channel)
        layout = make_layout(tuple(self.pixels.shape), axes or self.axes, channel)
        if layout.x_before_y:
            raise ValueError(
                f"axes of a large image must have Y before X; got {layout.axes}"
            )
        return layout

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the path if there is one, so that pixels are not copied."""
        if self.path:
            return reopen_image, (self.path, self.identity, self.scene)
        values = self.pixels, self.axes, self.pixel_size, self.identity
        return LazyImage, (*values, "", None, self.calibrations)


@lru_cache(maxsize=8)
def reopen_image(path: str, identity: str, scene: int = 0) -> LazyImage:
    """Open an image in another process, once.

    Raises
    ------
    SourceChangedError
        If the image has changed.
    """
    from napari_nuclei.io.readers import open_image

    image = open_image(path, scene=scene or None)
    if image.identity != identity:
        raise SourceChangedError(f"{path} has changed since the run began")
    return image
