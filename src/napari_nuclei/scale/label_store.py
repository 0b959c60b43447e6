"""Where the labels of a large image are written: a store of their own or the image."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from napari_nuclei.core.axes import PlaneLayout
from napari_nuclei.io.lazy_images import LazyImage
from napari_nuclei.io.locks import lock_path
from napari_nuclei.io.ome.image_labels import (
    labels_path,
    read_label_levels,
    read_version,
    register_labels,
)
from napari_nuclei.io.ome_zarr_labels import (
    DEFAULT_VERSION,
    LABELS_NAME,
    OmeZarrLabelWriter,
    check_ome_version,
)


@dataclass(frozen=True, slots=True)
class LabelStore:
    """The OME-Zarr in which the labels of a large image are written.

    Attributes
    ----------
    path : Path
    name : str
        Name of the labels.
    version : str
        Version of OME-Zarr.
    group : str
        Path of the group of the OME-Zarr image; empty for other formats.
    source : str
        Name of the file that was segmented; empty for an array.
    in_image : bool
        Whether the labels belong to the group `labels` of the image.
    """

    path: Path
    name: str
    version: str
    group: str = ""
    source: str = ""
    in_image: bool = False

    def open_writer(
        self,
        path: Path,
        image: LazyImage,
        layout: PlaneLayout,
        pixel_size: float | None,
    ) -> OmeZarrLabelWriter:
        """Create the store at a path from which it is moved to its own in the end.

        Parameters
        ----------
        path : Path
        image : LazyImage
        layout : PlaneLayout
        pixel_size : float, optional
            Side of a pixel, in µm. It replaces that of the image, unless the labels
            are written into the image.
        """
        calibrations = dict(image.calibrations)
        if pixel_size != image.pixel_size:  # the caller's pixel size takes precedence
            calibrations = {
                axis: one for axis, one in calibrations.items() if axis not in "YX"
            }
        return OmeZarrLabelWriter(
            path,
            layout.label_shape,
            layout.label_axes,
            pixel_size,
            calibrations,
            levels=read_label_levels(self.group, layout.axes)
            if self.in_image
            else None,
            name=self.name,
            version=self.version,
            image=relative_path(self.group, self.path) if self.group else None,
            source=self.source,
        )

    def register(self) -> None:
        """List labels that were written into the image in its group `labels`."""
        if self.in_image:
            with lock_path(self.path.parent, wait_seconds=60, max_age=30):
                register_labels(self.path, self.version)


def plan_label_store(
    image: LazyImage,
    destination: str | Path | None,
    into_image: bool = False,
    name: str = LABELS_NAME,
    version: str | None = None,
) -> LabelStore:
    """Choose the store of the labels of an image.

    Parameters
    ----------
    image : LazyImage
    destination : path-like, optional
        Path of a new store. None with `into_image`.
    into_image : bool
        Write new labels into the image.
    name : str
        Name of the labels.
    version : str, optional
        Version of OME-Zarr of a new store, 0.5 by default. Labels in an image have the
        version of the image.

    Raises
    ------
    ValueError
        If the image holds labels, if it cannot take labels in it, or if the arguments
        contradict each other.
    """
    if image.holds_labels:
        raise ValueError(f"{image.path} holds labels, not an image. Name their image")
    if version is not None:
        check_ome_version(version)
    if not into_image:
        if destination is None:
            raise ValueError("Name a destination for the labels, or set into_image")
        path = Path(destination).expanduser().absolute()
        if image.group and path.is_relative_to(image.path) and path != Path(image.path):
            raise ValueError(
                f"{path} lies in the image itself. Add labels to an image with "
                "into_image (--into-image)"
            )
        return LabelStore(
            path, name, version or DEFAULT_VERSION, image.group, Path(image.path).name
        )
    if destination is not None:
        raise ValueError(
            "With into_image the labels are written into the image; leave out the "
            f"destination {destination}"
        )
    path = labels_path(image.group, name)
    stated = read_version(image.group)
    if version not in (None, stated):
        raise ValueError(
            f"Labels in an OME-Zarr {stated} image have its version; got {version}"
        )
    return LabelStore(
        path, name, stated, image.group, Path(image.path).name, in_image=True
    )


def relative_path(path: str | Path, start: Path) -> str:
    """Return a path relative to another one; the path itself on another drive.

    Examples
    --------
    >>> relative_path("data/big.zarr", Path("data/big.zarr/labels/nuclei"))
    '../..'
    """
    try:
        return Path(os.path.relpath(path, start)).as_posix()
    except ValueError:  # another drive of Windows
        return Path(path).as_posix()
