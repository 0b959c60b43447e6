from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_nuclei.cli.command_parser import CommandParser
from napari_nuclei.cli.sample_arguments import (
    add_data_options,
    print_masks,
    split_labels,
)
from napari_nuclei.data.sample_inputs import as_samples, read_samples


def test_the_options_name_the_data_as_paths() -> None:
    parser = CommandParser(prog="learn", groups=("Data",))
    add_data_options(parser)
    words = "data --ids a.txt --val more --val-ids b.txt".split()
    args = parser.parse_args(words)
    assert (args.data, args.ids) == (Path("data"), Path("a.txt"))
    assert (args.val, args.val_ids) == (Path("more"), Path("b.txt"))
    assert parser.parse_args(["data"]).ids is None


def test_all_samples_or_the_listed_ones_are_read(data: Path) -> None:
    assert [sample.name for sample in read_samples(data)] == ["a", "b"]
    (sample,) = read_samples(data, ids=["b"])
    assert sample.name == "b"
    assert sample.image.shape == sample.labels.shape == (160, 200)


def test_a_listed_image_that_is_missing_is_an_error(data: Path) -> None:
    with pytest.raises(ValueError, match="zebra"):
        read_samples(data, ids=["zebra"])


def test_binary_masks_are_printed_in_one_line(
    discs, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = discs((60, 80), [(20, 20, 8), (40, 55, 10)])
    with pytest.warns(UserWarning, match="binary"):
        samples = as_samples([(labels, 255 * (labels > 0))])
    print_masks(samples)
    assert capsys.readouterr().out == (
        "The mask is binary: 2 nuclei by connected parts; touching ones count as one\n"
    )
    print_masks(as_samples([(labels, labels)]))
    assert np.count_nonzero(labels) and capsys.readouterr().out == ""


def write_set(folder: Path, *kinds: str) -> str:
    for kind in kinds:
        (folder / kind).mkdir(parents=True)
        (folder / kind / "a.png").write_bytes(b"")
    return str(folder)


def test_images_and_labels_are_told_from_two_data_sets(tmp_path: Path) -> None:
    images, masks = write_set(tmp_path / "x", "."), write_set(tmp_path / "y", ".")
    assert split_labels([images, masks]) == ([images], Path(masks))
    first = write_set(tmp_path / "a", "images", "masks")
    second = write_set(tmp_path / "b", "images", "masks")
    assert split_labels([first, second]) == ([first, second], None)
    assert split_labels([first]) == ([first], None)
    assert split_labels([first, second, first]) == ([first, second, first], None)
    weighted = [images, f"{masks}:0.5"]
    assert split_labels(weighted) == (weighted, None)
