"""What describes a format in which nuclei are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari_nuclei.io.labelled_image import LabelledImage

if TYPE_CHECKING:
    from napari_nuclei.core.axes import PlaneLayout


@dataclass(frozen=True, slots=True)
class Writer:
    """A format in which nuclei are written.

    Attributes
    ----------
    name : str
        As the command's `--format` takes it.
    ending : str
        End of the name of the file, after that of the image.
    description : str
        What the file holds, in a few words.
    encode : callable
        Takes a `LabelledImage`, returns the bytes of the file.
    layer_title : str, optional
        Title in napari's dialog for saving a Labels layer, which writes "Nuclei" before
        it; None if a layer alone is not enough for the format, or napari has it.
    stacks : bool
        Whether the format can hold a stack of planes.
    editable : bool
        Whether users edit such files in other programs. An edited one is not replaced.
    requires : str, optional
        Optional package that the format needs.
    tracks : bool
        Whether the format holds tracks, so that the nuclei must be tracked.
    write_folder : callable, optional
        Takes a `LabelledImage` and a path, and writes a folder of files. `encode` then
        returns the file in it that lists the others.
    """

    name: str
    ending: str
    description: str
    encode: Callable[[LabelledImage], bytes]
    layer_title: str | None = None
    stacks: bool = True
    editable: bool = False
    requires: str | None = None
    tracks: bool = False
    write_folder: Callable[[LabelledImage, Path], object] | None = None

    @property
    def suffix(self) -> str:
        """Suffix of the file, such as ``.csv``."""
        return Path(self.ending).suffix

    def check_installed(self) -> None:
        """Raise ModuleNotFoundError if a package is missing, with how to get it."""
        if self.requires is not None:
            from napari_nuclei.io.optional_packages import import_extra

            import_extra(self.requires)

    def check_layout(self, layout: PlaneLayout) -> None:
        """Raise ValueError if the format cannot hold the planes of an image."""
        if not self.stacks and layout.stack_axes:
            raise ValueError(
                f"The format {self.name} holds a single plane, not a stack with the "
                f"axes {layout.label_axes}. Use labels or probability (TIFF) instead"
            )

    def check_tracks(self, tracked: bool) -> None:
        """Raise ValueError if the format holds tracks and nuclei are not tracked."""
        if self.tracks and not tracked:
            raise ValueError(
                f"The format {self.name} holds tracks. Track the nuclei with --track "
                "(track=True)"
            )
