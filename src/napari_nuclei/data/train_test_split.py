"""Divide annotated images at random into a training part and a test part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.data.datasets import Sample
from napari_nuclei.data.image_kind import image_kind
from napari_nuclei.data.sample_inputs import SampleData, as_samples
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS


@suggests_keywords
def train_test_split(
    data: SampleData,
    test_fraction: float = 0.2,
    *,
    seed: int = 0,
    groups: Mapping[str, str] | None = None,
    max_pixels: int = MAX_PIXELS,
) -> tuple[list[Sample], list[Sample]]:
    """Divide annotated images at random, with the same fraction of each kind of image.

    Parameters
    ----------
    data : path, Sample, arrays or sequence
        As for `train`. Parts that the data set has already are joined first.
    test_fraction : float
        Fraction of the images of each kind for the test, above 0 and below 1. A kind
        of one image stays in the training part.
    seed : int
        The same seed and images give the same parts, in any order of the images.
    groups : mapping of str to str, optional
        Kind of each image by name. By default the kind is grey or coloured, on dark
        or bright background, with small or large nuclei.
    max_pixels : int
        Largest number of pixels of a file, as for `read_image`.

    Returns
    -------
    train, test : list of Sample
        In the order of `data`; none is in both.

    Raises
    ------
    OSError, TypeError
        If `data` cannot be read, see `train`.
    ValueError
        If there are fewer than two images, two have the same name, or `test_fraction`
        is not between 0 and 1.

    Examples
    --------
    >>> from napari_nuclei import synthetic_nuclei, train_test_split
    >>> data = [synthetic_nuclei((64, 64), seed=seed) for seed in range(5)]
    >>> train, test = train_test_split(data, 0.4, seed=1)
    >>> len(train), len(test)
    (3, 2)
    """
    if not 0 < test_fraction < 1:
        raise ValueError(
            f"test_fraction must be between 0 and 1; got {test_fraction!r}"
        )
    samples = as_samples(data, max_pixels=max_pixels)
    by_name = {sample.name: sample for sample in samples}
    if len(samples) < 2:
        raise ValueError(
            f"There must be at least 2 images to divide; got {len(samples)}"
        )
    if len(by_name) < len(samples):
        raise ValueError("Images must have different names; rename one of each pair")
    kinds: dict[str, list[str]] = defaultdict(list)
    for name in sorted(by_name):
        group = groups.get(name) if groups is not None else None
        kinds[group or image_kind(by_name[name])].append(name)
    rng = np.random.default_rng(seed)
    # A kind that cannot give its exact share passes the rest on to the next kind.
    chosen: set[str] = set()
    owed = 0.0
    for kind in sorted(kinds, key=lambda kind: (len(kinds[kind]), kind)):
        names = kinds[kind]
        owed += test_fraction * len(names)
        count = min(max(round(owed), 0), len(names) - 1)
        owed -= count
        chosen |= {names[i] for i in rng.permutation(len(names))[:count].tolist()}
    if not chosen:
        largest = max(kinds.values(), key=len)
        pool = largest if len(largest) > 1 else sorted(by_name)
        chosen = {pool[int(rng.integers(len(pool)))]}
    train = [replace(x, split="train") for x in samples if x.name not in chosen]
    test = [replace(x, split="test") for x in samples if x.name in chosen]
    return train, test
