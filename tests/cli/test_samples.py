from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.cli.command_parser import CommandParser
from napari_nuclei.cli.samples import add_data_options, read_samples


def test_the_options_name_the_data_as_paths() -> None:
    parser = CommandParser(prog="learn", groups=("Data",))
    add_data_options(parser)
    words = "data --ids a.txt --val more --val-ids b.txt".split()
    args = parser.parse_args(words)
    assert (args.data, args.ids) == (Path("data"), Path("a.txt"))
    assert (args.val, args.val_ids) == (Path("more"), Path("b.txt"))
    assert parser.parse_args(["data"]).ids is None


def test_all_samples_or_the_listed_ones_are_read(data: Path, tmp_path: Path) -> None:
    assert [sample.name for sample in read_samples(data, None)] == ["a", "b"]
    (tmp_path / "ids.txt").write_text("b\n")
    (sample,) = read_samples(data, tmp_path / "ids.txt")
    assert sample.name == "b"
    assert sample.image.shape == sample.labels.shape == (160, 200)


def test_a_listed_image_that_is_missing_is_an_error(data: Path, tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("zebra\n")
    with pytest.raises(ValueError, match="zebra"):
        read_samples(data, tmp_path / "ids.txt")
