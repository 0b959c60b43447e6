"""Stacks whose slices are joined after they were segmented block by block."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.matching import count_objects
from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.simulation.synthetic_volume import synthetic_volume
from napari_nuclei.io.tables import read_table
from napari_nuclei.scale.large import segment_large

JOIN = SegmentConfig(
    diameter="native", tile=64, overlap=16, join="z", correct=False, drop_border=True
)


@pytest.fixture(scope="module")
def stack() -> NDArray[np.uint16]:
    image, truth = synthetic_volume((10, 150, 170), filled=0.15, blur_z=0, seed=2)
    return np.where(truth > 0, image // 4 + 3000, 100).astype(np.uint16)


def read(result: Any) -> NDArray[np.int32]:
    return np.asarray(zarr.open_array(result.labels / "0", mode="r")[:], np.int32)


def test_nuclei_are_those_of_the_whole_stack_for_any_block_size(
    tmp_path: Path, segmenter: Segmenter, stack: NDArray[Any]
) -> None:
    whole = segmenter.run(stack, axes="ZYX", config=JOIN, pixel_size=0.5, z_spacing=1.0)
    found = []
    for block in (64, 100, 400):
        table = tmp_path / f"{block}.csv"
        result = segment_large(
            stack,
            tmp_path / f"{block}.zarr",
            model=segmenter,
            axes="ZYX",
            block=block,
            config=JOIN,
            pixel_size=0.5,
            z_spacing=1.0,
            table=table,
        )
        assert result.nuclei == whole.count > 10
        assert result.stack == "in 10 slices"
        assert (result.failed, result.notes) == ((), ())
        found.append(read(result))
        rows = read_table(table)
        assert rows.index.tolist() == list(range(1, whole.count + 1))
        np.testing.assert_array_equal(rows["volume"], np.bincount(found[-1].flat)[1:])
        assert rows["volume_um3"].tolist() == (rows["volume"] * 0.25).tolist()
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])
    same = count_objects(whole.labels, found[0], [1.0])[0]
    assert same.fp == same.fn == 0


def test_the_confidence_is_that_of_the_whole_stack(
    tmp_path: Path, stack: NDArray[Any]
) -> None:
    def soft(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        light = tiles.mean(axis=-1, keepdims=True)
        return np.concatenate([0.9 * light, light > 0.5], axis=-1).astype(np.float32)

    segmenter = Segmenter(soft, ModelCard("soft", diameter=16, min_size=4))
    arguments: dict[str, Any] = {"axes": "ZYX", "config": JOIN}
    whole = segmenter.run(stack, **arguments)
    expected = measure(
        whole.labels, foreground=whole.foreground, axes="ZYX", joined=True
    )["confidence"]
    table, paths = tmp_path / "nuclei.csv", (tmp_path / "a.zarr", tmp_path / "b.zarr")
    result = segment_large(
        stack, paths[0], model=segmenter, block=100, table=table, **arguments
    )
    assert result.nuclei == whole.count
    found = read_table(table)["confidence"].to_numpy()
    assert 0.4 < found.min() < found.max() < 0.95
    np.testing.assert_allclose(np.sort(found), np.sort(expected), atol=2e-3)
    assert not [*tmp_path.rglob("foreground.zarr")]
    segment_large(stack, paths[1], model=segmenter, block=100, **arguments)


class Stopped(Exception):
    """Any error that stops a run."""


def test_a_run_that_was_stopped_is_continued(
    tmp_path: Path, segmenter: Segmenter, stack: NDArray[Any]
) -> None:
    def stop(done: int, total: int) -> None:
        if done == 12:
            raise Stopped

    arguments: dict[str, Any] = {
        "model": segmenter,
        "axes": "ZYX",
        "block": 100,
        "config": JOIN,
        "workers": 1,
    }
    with pytest.raises(Stopped):
        segment_large(stack, tmp_path / "a.zarr", progress=stop, **arguments)
    assert not (tmp_path / "a.zarr").exists()
    result = segment_large(stack, tmp_path / "a.zarr", **arguments)
    assert result.resumed >= 12
    assert "voxel size is not stated" in result.notes[0]
    other = segment_large(stack, tmp_path / "b.zarr", **arguments)
    np.testing.assert_array_equal(read(result), read(other))
    assert not (tmp_path / "a.zarr.partial").exists()


def test_one_channel_of_a_series_of_volumes_is_joined(
    tmp_path: Path, segmenter: Segmenter, stack: NDArray[Any]
) -> None:
    series = np.stack([np.zeros_like(stack), stack], axis=1)  # Z, C
    series = np.stack([series, series])
    table = tmp_path / "nuclei.csv"
    result = segment_large(
        series,
        tmp_path / "a.zarr",
        model=segmenter,
        axes="TZCYX",
        channel=1,
        config=JOIN,
        table=table,
    )
    labels = read(result)
    shift = result.nuclei // 2
    np.testing.assert_array_equal(
        np.where(labels[0] > 0, labels[0] + shift, 0), labels[1]
    )
    rows = read_table(table)
    assert rows["t"].tolist() == [0] * shift + [1] * shift
    assert rows["intensity_mean"].min() > 1000


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ("TYX", "joined along an axis Z; the axes are"),
        ("YXS", "one slice only, so there is nothing to join"),
    ],
)
def test_an_image_without_slices_is_refused_before_it_is_segmented(
    tmp_path: Path, segmenter: Segmenter, stack: NDArray[Any], axes: str, message: str
) -> None:
    image = stack[:3] if axes == "TYX" else stack[:3].transpose(1, 2, 0)
    with pytest.raises(ValueError, match=message):
        segment_large(
            image, tmp_path / "a.zarr", model=segmenter, axes=axes, config=JOIN
        )
    assert list(tmp_path.iterdir()) == []
