"""An annotated image, and the annotated images of a data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.measure.counts import counted
from napari_nuclei.core.normalize import check_image
from napari_nuclei.data.layouts import SPLITS
from napari_nuclei.data.masks import LABELS, check_size


@dataclass(frozen=True, slots=True)
class Sample:
    """An image with its annotation.

    Attributes
    ----------
    name : str
        Name of the image file without suffix, or any other unique name.
    image : ndarray of shape (Y, X) or (Y, X, C)
        Pixels as in the file, of any integer or float type; RGB if it has colours.
    labels : ndarray of int32, shape (Y, X)
        Instance labels: 0 is background, each nucleus has its own number.
    annotated : ndarray of bool, shape (Y, X), optional
        Mask of the annotated pixels; the others have no loss and do not count in
        scores. None if all pixels are annotated.
    mask_kind : str
        "labels" if `labels` were given as instance labels; "binary", "soft" or
        "classes" if they are the connected parts of a mask, in which touching nuclei
        count as one.
    split : str
        "train", "val" or "test" if the image comes from that part of a data set.

    Raises
    ------
    TypeError, ValueError
        If the shapes differ or the image cannot be segmented.

    Examples
    --------
    >>> image = np.zeros((4, 5), np.uint8)
    >>> Sample("empty", image, np.zeros((4, 5), np.int32)).labels.max()
    np.int32(0)
    """

    name: str
    image: NDArray[Any]
    labels: NDArray[np.int32]
    annotated: NDArray[np.bool_] | None = None
    mask_kind: str = LABELS
    split: str = ""

    def __post_init__(self) -> None:
        check_size(self.name, self.labels, self.image.shape[:2])
        try:
            check_image(self.image)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{self.name}: {error}") from error
        if self.annotated is not None and self.annotated.shape != self.labels.shape:
            raise ValueError(
                f"{self.name}: The annotated mask must have the shape of the labels, "
                f"{self.labels.shape}; got {self.annotated.shape}"
            )


@dataclass(frozen=True, slots=True)
class Dataset(Sequence[Sample]):
    """Annotated images, with the parts of a data set apart.

    As a sequence it holds all samples: train, then val, then test. `train` and
    `evaluate` use the part that is meant for them.

    Attributes
    ----------
    train, val, test : tuple of Sample
        The samples of each part. A data set without parts is in `train`.

    Examples
    --------
    >>> image = np.zeros((4, 5), np.uint8)
    >>> sample = Sample("a", image, np.zeros((4, 5), np.int32))
    >>> Dataset((sample,))
    Dataset of 1 image: 1 train, 0 val, 0 test
    """

    train: tuple[Sample, ...]
    val: tuple[Sample, ...] = ()
    test: tuple[Sample, ...] = ()

    def __len__(self) -> int:
        return len(self.train) + len(self.val) + len(self.test)

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Sample]: ...
    def __getitem__(self, index: int | slice) -> Sample | Sequence[Sample]:
        return (*self.train, *self.val, *self.test)[index]

    def __repr__(self) -> str:
        parts = (f"{len(getattr(self, name))} {name}" for name in SPLITS)
        return f"Dataset of {counted(len(self), 'image')}: {', '.join(parts)}"
