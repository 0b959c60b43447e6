from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import zarr
from distributed import Client, LocalCluster

from napari_nuclei import load_segmenter
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.scale.batch import segment_files
from napari_nuclei.scale.large import segment_large

# distributed closes its sockets when it is collected, which may be after the test.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Return a client of two processes of one thread each."""
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("source") / "image.zarr"
    zarr.save_array(path, synthetic_nuclei((400, 500), seed=1)[0])
    return path


def read(result: Any) -> Any:
    return zarr.open_array(result.labels / "0", mode="r")[:]


def test_a_cluster_gives_the_same_labels_though_a_worker_is_killed(
    tmp_path: Path, client: Client, source: Path
) -> None:
    here = segment_large(source, tmp_path / "here.zarr", block=128)
    victims = list(client.run(os.getpid).values())[:1]

    def kill_one(done: int, total: int) -> None:
        if done == 2 and victims:
            os.kill(victims.pop(), signal.SIGTERM)

    there = segment_large(
        source, tmp_path / "there.zarr", block=128, scheduler=client, progress=kill_one
    )
    assert not victims
    assert there.failed == ()
    assert there.nuclei == here.nuclei > 50
    np.testing.assert_array_equal(read(there), read(here))


def test_a_folder_is_segmented_by_the_cluster_at_an_address(
    tmp_path: Path, client: Client
) -> None:
    plate = tmp_path / "plate"
    plate.mkdir()
    for seed in range(3):
        image, _ = synthetic_nuclei((150, 150), seed=seed)
        cv2.imwrite(str(plate / f"{seed}.png"), image)
    (plate / "bad.png").write_bytes(b"hello")
    segmenter = load_segmenter()
    address = client.scheduler.address
    there = segment_files(
        [plate], tmp_path / "there", model=segmenter, scheduler=address
    )
    here = segment_files([plate], tmp_path / "here", model=segmenter)
    assert [r.nuclei for r in there] == [r.nuclei for r in here]
    assert [bool(r.reason) for r in there] == [False, False, False, True]
