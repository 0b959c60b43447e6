from __future__ import annotations

import os
import platform
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.config import ModelConfig
from napari_nuclei.model import engine
from napari_nuclei.model.convert import TOLERANCE, convert
from napari_nuclei.model.engine import (
    BATCH_SIZE,
    MAX_INTERPRETERS,
    LiteRTNetwork,
    choose_batch_size,
    load_keras_network,
)
from napari_nuclei.model.unet import build_unet

SMALL = ModelConfig(alpha=0.35, decoder=(16, 16, 8, 8), stem=4)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the Keras and the LiteRT file of a network of random weights."""
    folder = tmp_path_factory.mktemp("network")
    keras.utils.set_random_seed(0)
    model = build_unet(SMALL)
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            # Statistics and scales like those of a trained network: none is 0 or 1.
            layer.set_weights(
                [rng.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()]
            )
    model.save(folder / "model.keras")
    convert(model, folder / "model.tflite", patch_size=128)
    return folder / "model.keras", folder / "model.tflite"


@pytest.fixture(scope="module")
def original(files: tuple[Path, Path]):
    return load_keras_network(files[0])


@pytest.fixture(scope="module")
def network(files: tuple[Path, Path]) -> LiteRTNetwork:
    return LiteRTNetwork(files[1])


def tiles_of(
    rng: np.random.Generator, count: int, side: int = 128
) -> NDArray[np.float32]:
    return rng.random((count, side, side, 3), np.float32)


def test_both_engines_agree_on_the_same_patches(
    rng: np.random.Generator, original, network: LiteRTNetwork
) -> None:
    tiles = tiles_of(rng, 6)
    expected, found = original(tiles), network(tiles)
    assert found.shape == expected.shape == (6, 128, 128, 4)
    assert found.dtype == expected.dtype == np.float32
    assert expected.std() > 0.01  # the outputs are not constant
    np.testing.assert_allclose(found, expected, atol=TOLERANCE, rtol=0)


@pytest.mark.parametrize("side", [32, 64, 96, 160, 256])
def test_tiles_of_any_multiple_of_32_agree_too(
    rng: np.random.Generator, original, network: LiteRTNetwork, side: int
) -> None:
    tiles = tiles_of(rng, 2, side)
    np.testing.assert_allclose(network(tiles), original(tiles), atol=TOLERANCE, rtol=0)


def test_sizes_can_be_mixed(rng: np.random.Generator, network: LiteRTNetwork) -> None:
    small, large = tiles_of(rng, 1, 64), tiles_of(rng, 1, 128)
    first = network(small), network(large)
    again = network(small), network(large)
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)


def test_the_least_recently_used_interpreters_are_dropped(
    files: tuple[Path, Path], rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = LiteRTNetwork(files[1], threads=1)
    make, made = engine.new_interpreter, []

    def noted(content: bytes, threads: int) -> Any:
        interpreter = make(content, threads)
        made.append(weakref.ref(interpreter))
        return interpreter

    monkeypatch.setattr(engine, "new_interpreter", noted)
    tiles = [
        tiles_of(rng, 1, side) for side in range(32, 32 * (MAX_INTERPRETERS + 3), 32)
    ]
    before = [network(tile) for tile in tiles]
    assert len(made) == MAX_INTERPRETERS + 2
    assert [ref() is not None for ref in made] == [False] * 2 + [
        True
    ] * MAX_INTERPRETERS
    network(tiles[2])  # still cached; now the most recently used
    network(tiles[0])
    assert len(made) == MAX_INTERPRETERS + 3
    alive = [ref() is not None for ref in made]
    assert alive == [False, False, True, False] + [True] * (MAX_INTERPRETERS - 1)
    for tile, output in zip(tiles, before, strict=True):
        np.testing.assert_array_equal(network(tile), output)


@pytest.mark.parametrize(
    "count", [1, BATCH_SIZE - 1, BATCH_SIZE, BATCH_SIZE + 1, 2 * BATCH_SIZE + 3]
)
def test_a_tile_gives_the_same_bits_in_any_batch(
    rng: np.random.Generator, network: LiteRTNetwork, count: int
) -> None:
    tiles = tiles_of(rng, count)
    together = network(tiles)
    for tile, output in zip(tiles, together, strict=True):
        np.testing.assert_array_equal(network(tile[np.newaxis])[0], output)
    np.testing.assert_array_equal(network(tiles[::-1])[::-1], together)


@pytest.mark.parametrize("side", [32, 128, 160, 288, 1024])
def test_a_batch_has_the_pixels_of_a_few_patches_or_is_one_tile(side: int) -> None:
    assert (
        choose_batch_size(side) == 1
        or choose_batch_size(side) * side**2 <= BATCH_SIZE * 128**2
    )
    assert 1 <= choose_batch_size(side) <= BATCH_SIZE


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_number_of_threads_changes_nothing(
    files: tuple[Path, Path],
    rng: np.random.Generator,
    network: LiteRTNetwork,
    threads: int,
) -> None:
    other = LiteRTNetwork(files[1], threads=threads)
    for tiles in (tiles_of(rng, BATCH_SIZE + 1), tiles_of(rng, 1, 256)):
        np.testing.assert_array_equal(other(tiles), network(tiles))


def test_cores_share_a_tile_only_if_there_is_no_other(
    files: tuple[Path, Path], rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = LiteRTNetwork(files[1], threads=2)
    make, used = engine.new_interpreter, []
    both_begun = threading.Barrier(2, timeout=60)

    def noted(content: bytes, threads: int) -> Any:
        used.append(threads)
        if threads == 1:
            both_begun.wait()
        return make(content, threads)

    monkeypatch.setattr(engine, "new_interpreter", noted)
    network(tiles_of(rng, 1, 64))
    assert used == [2]
    network(tiles_of(rng, 2, 256))  # two batches of one tile
    assert used == [2, 1, 1]


@pytest.mark.parametrize(("side", "tiles"), [(128, 24), (288, 6)])
def test_a_call_holds_two_batches_for_each_thread(
    files: tuple[Path, Path], side: int, tiles: int
) -> None:
    assert LiteRTNetwork(files[1], threads=3).at_once(side) == tiles


def test_later_calls_do_not_change_earlier_outputs(
    rng: np.random.Generator, network: LiteRTNetwork
) -> None:
    first = network(tiles_of(rng, 1))
    before = first.copy()
    network(tiles_of(rng, 1))
    np.testing.assert_array_equal(first, before)


def test_tiles_are_not_changed(
    rng: np.random.Generator, network: LiteRTNetwork
) -> None:
    tiles = tiles_of(rng, BATCH_SIZE + 1)
    before = tiles.copy()
    tiles.flags.writeable = False
    network(tiles)
    np.testing.assert_array_equal(tiles, before)


def test_one_network_serves_several_threads(
    rng: np.random.Generator, network: LiteRTNetwork
) -> None:
    tiles = [tiles_of(rng, 1, side) for side in (64, 96, 64, 96)]
    expected = [network(tile) for tile in tiles]
    found: dict[int, NDArray[np.float32]] = {}

    def work(number: int) -> None:
        found[number] = network(tiles[number])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(tiles))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, output in enumerate(expected):
        np.testing.assert_array_equal(found[number], output)


DAMAGED = {
    "no bytes": b"",
    "text": b"hello, this is no network at all",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_file_that_is_no_network_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"model\.tflite is not a LiteRT model"):
        LiteRTNetwork(path)


def test_a_network_that_was_cut_short_is_refused(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    content = files[1].read_bytes()
    for length in (8, 1000, len(content) // 2, len(content) - 1000):
        path = tmp_path / "model.tflite"
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match=r"model\.tflite is not a LiteRT model"):
            LiteRTNetwork(path)


FAULTS = """
import resource, sys
import numpy as np
from napari_nuclei.model.engine import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        np.ones(3 << 20, np.uint8), np.ones(2 << 20, np.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

print(faults())
keep_freed_memory()
faults()
print(faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="is about glibc")
def test_freed_memory_is_reused() -> None:
    # A dask cluster of another test leaves variables that fix glibc's thresholds.
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("MALLOC_")
    }
    done = subprocess.run(
        [sys.executable, "-c", FAULTS],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=environment,
    )
    before, after = (int(line) for line in done.stdout.split())
    assert after < before / 4
