from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_nuclei.config import TrainConfig
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.data import training_files
from napari_nuclei.data.sample_files import SampleFile
from napari_nuclei.training import lazy_data
from napari_nuclei.training.lazy_data import find_training_files, read_lazily


@pytest.fixture
def sets(tmp_path: Path) -> list[Path]:
    """Return two data sets, of 12 dark images and of 4 bright ones."""
    for name, count in (("dark", 12), ("bright", 4)):
        for number in range(count):
            image, labels = synthetic_nuclei((64, 64), diameter=12, seed=number)
            image = image.max() - image if name == "bright" else image
            for kind, pixels in (("images", image), ("labels", labels)):
                path = tmp_path / name / kind / f"{number}.tif"
                path.parent.mkdir(parents=True, exist_ok=True)
                tifffile.imwrite(path, pixels.astype(np.uint16))
    return [tmp_path / "dark", tmp_path / "bright"]


@pytest.fixture
def small_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (training_files, lazy_data):
        monkeypatch.setattr(module, "PROBE_IMAGES", 6)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the images that are read, in order."""
    names: list[str] = []

    def count(file: SampleFile, folder: Path) -> SampleFile:
        def read():
            names.append(f"{folder}/{file.name}")
            return file.read()

        return replace(file, read=read)

    original = training_files.open_folder
    monkeypatch.setattr(
        training_files,
        "open_folder",
        lambda path, names, **how: [
            count(file, path) for file in original(path, names, **how)
        ],
    )
    return names


def test_a_small_data_set_is_read_at_once(sets: list[Path]) -> None:
    assert find_training_files(sets[0]) is None
    assert find_training_files((sets[0], sets[1])) is None
    assert find_training_files([np.zeros((4, 4))]) is None


@pytest.mark.usefixtures("small_probe")
def test_a_large_data_set_and_one_with_lists_are_read_lazily(sets: list[Path]) -> None:
    assert find_training_files(sets[0]) is not None
    assert find_training_files(sets[1]) is None
    (sets[1] / "val_ids.txt").write_text("1\n")
    assert find_training_files(sets[1]) is not None


def test_only_the_probe_and_the_validation_images_are_read(
    sets: list[Path], small_probe: None, reads: list[str]
) -> None:
    files = find_training_files([str(sets[0]), f"{sets[1]}:3"])
    assert files is not None
    assert not reads
    config = TrainConfig(patch_size=64, batch=4)
    lazy = read_lazily(files, config)
    assert len(lazy.held_out) == 3
    assert len(lazy.probe) == 6
    assert len(reads) == 9
    sources = lazy.build_sources(config)
    assert len(reads) == 9
    assert len(sources) == 13
    for index in lazy.indices:
        sources[index]
    assert len(reads) == 9
    list(sources)
    assert sorted(reads) == sorted(set(reads))
    names = {file.name for file in lazy.files.training}
    assert not names & {sample.name for sample in lazy.held_out}


def test_data_sets_are_drawn_by_their_weights(sets: list[Path]) -> None:
    files = find_training_files([str(sets[0]), f"{sets[1]}:3"])
    assert files is not None
    lazy = read_lazily(files, TrainConfig())
    weights = lazy.build_sources(TrainConfig()).weights
    assert weights is not None
    bright = np.array(lazy.files.datasets) == "bright"
    assert weights[bright].sum() == pytest.approx(0.75)


@pytest.mark.usefixtures("small_probe")
def test_an_epoch_is_as_long_as_all_images_need(sets: list[Path]) -> None:
    files = find_training_files([str(path) for path in sets])
    assert files is not None
    config = TrainConfig(patch_size=32, batch=4, keep_annotations=True)
    lazy = read_lazily(files, config)
    adapted = lazy.adapt(config)
    assert adapted.steps == 13  # 13 images of 4 patches each
    assert not adapted.keep_annotations
    assert lazy.adapt(replace(config, steps=7)).steps == 7


def test_with_few_images_the_settings_stay(sets: list[Path]) -> None:
    files = find_training_files([str(path) for path in sets])
    assert files is not None
    config = TrainConfig(keep_annotations=True)
    lazy = read_lazily(files, config)
    assert lazy.is_complete
    assert lazy.adapt(config) == config


def test_the_card_lists_every_set_with_licence_and_citation(sets: list[Path]) -> None:
    (sets[1] / "dataset.json").write_text('{"licence": "CC0", "citation": "A 2019"}')
    files = find_training_files([str(sets[0]), f"{sets[1]}:0.5"])
    assert files is not None
    dark, bright = read_lazily(files, TrainConfig()).records()
    assert (dark["name"], dark["weight"]) == ("dark", 1.0)
    assert dark["licence"] == dark["citation"] == "not stated"
    assert dark["images"] + dark["validation_images"] == 12
    assert (bright["licence"], bright["citation"]) == ("CC0", "A 2019")
    assert bright["weight"] == 0.5


def test_unpainted_pixels_are_ignored_in_lazily_read_images(sets: list[Path]) -> None:
    files = find_training_files([str(path) for path in sets])
    assert files is not None
    config = TrainConfig(unpainted="ignore")
    sources = read_lazily(files, config).build_sources(config)
    assert sources[0].annotated_positions is not None
