"""Weight training images for drawing: by data set, by kind and by number of nuclei."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.training.sampling.pyramid import SamplePyramid
from napari_nuclei.training.sampling.source_pool import SourcePool


@dataclass(frozen=True, slots=True)
class SourceStatistics:
    """What the weight of an image depends on.

    Attributes
    ----------
    kind : tuple
        See `SamplePyramid.kind`.
    nuclei : int
        Number of nuclei.
    """

    kind: tuple[bool, bool, int]
    nuclei: int

    @classmethod
    def of(cls, source: SamplePyramid) -> SourceStatistics:
        """Return the statistics of a prepared image."""
        return cls(source.kind, len(source.centres))


def dataset_weights(
    statistics: Sequence[SourceStatistics | None],
    datasets: Sequence[str],
    weights: Mapping[str, float],
) -> NDArray[np.float64]:
    """Return the probability of drawing each image from several data sets.

    Parameters
    ----------
    statistics : sequence of SourceStatistics or None
        Of each image; None if it has not been read. Such an image counts like the mean
        of the others of its data set.
    datasets : sequence of str
        Data set of each image.
    weights : mapping of str to float
        Weight of each data set: how often its images are drawn, relative to the others.

    Returns
    -------
    ndarray of float, shape (images,)
        Their sum is 1, and their sum over a data set is proportional to its weight.
        Within a data set, rare kinds of images and images with many nuclei are drawn
        more often, see `kind_weights`.

    Examples
    --------
    >>> one = SourceStatistics((False, False, 4), 10)
    >>> dataset_weights([one, one, None, one], ["a", "a", "a", "b"], {"a": 1, "b": 1})
    array([0.16666667, 0.16666667, 0.16666667, 0.5       ])
    """
    found = np.zeros(len(statistics))
    for name in set(datasets):
        members = np.array([dataset == name for dataset in datasets])
        part = kind_weights([s for s, m in zip(statistics, members, strict=True) if m])
        found[members] = weights[name] * part
    total: float = found.sum()
    return found / total


def kind_weights(
    statistics: Sequence[SourceStatistics | None],
) -> NDArray[np.float64]:
    """Return the probability of drawing each image of one data set.

    Rare kinds of images and images with many nuclei get a higher probability. Both
    weights are square roots: a compromise between equal and proportional.
    """
    read = [s for s in statistics if s is not None]
    if not read:
        return np.full(len(statistics), 1 / len(statistics))
    sizes = Counter(s.kind for s in read)

    def weight(item: SourceStatistics) -> float:
        return float(np.sqrt((1 + item.nuclei) / sizes[item.kind]))

    mean = float(np.mean([weight(s) for s in read]))
    found = np.array([mean if s is None else weight(s) for s in statistics])
    total: float = found.sum()
    return found / total


def sampling_weights(sources: Sequence[SamplePyramid]) -> NDArray[np.float64]:
    """Return the probability of drawing each prepared image, shape (sources,).

    The weights of a `SourcePool` are its own. Others are those of `kind_weights`.
    """
    if isinstance(sources, SourcePool) and sources.weights is not None:
        return sources.weights
    return kind_weights([SourceStatistics.of(source) for source in sources])
