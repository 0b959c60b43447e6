from __future__ import annotations

import dask.array as da
import numpy as np
import zarr
from napari.layers import Image

from napari_nuclei.widgets.layers.image_source import (
    VISIBLE_PART,
    RegionChoice,
    make_image_source,
)
from napari_nuclei.widgets.segment.runs.fingerprint import (
    fingerprint_image,
    split_array,
)


def test_the_fingerprint_of_an_image_changes_with_its_values(rng, tmp_path) -> None:
    def fingerprint(layer, choice=None, view=None):
        source = make_image_source(layer, (0, 0), choice, view)
        return fingerprint_image(source, lambda step: None)

    image = rng.integers(0, 255, (40, 50)).astype(np.uint8)
    first = fingerprint(Image(image))
    assert fingerprint(Image(image.copy())) == first
    changed = image.copy()
    changed[3, 3] += 1
    assert fingerprint(Image(changed)) != first
    assert (
        fingerprint(Image(image), RegionChoice(VISIBLE_PART), ((0, 30), (0, 50)))
        != first
    )
    lazy = [Image(da.from_array(each)) for each in (image, changed)]
    assert fingerprint(lazy[0]) != fingerprint(lazy[1])
    for name, values in (("one", image), ("two", changed)):
        zarr.save_array(tmp_path / name, values)
    one, again, two = (
        Image(zarr.open_array(tmp_path / name, mode="r"))
        for name in ("one", "one", "two")
    )
    assert fingerprint(one) == fingerprint(again) != fingerprint(two)


def test_large_arrays_are_read_in_parts() -> None:
    large = np.broadcast_to(np.uint8(0), (100, 1 << 20))
    assert [part.shape[0] for part in split_array(large)] == [34, 33, 33]
    assert [part.shape for part in split_array(np.zeros((2, 3)))] == [(2, 3)]
