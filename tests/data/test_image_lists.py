from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.data.image_lists import read_groups, read_ids


def test_names_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "ids.txt"
    path.write_text("one\ntwo\n\n")
    assert read_ids(path) == ["one", "two"]
    path.write_text("\n")
    with pytest.raises(ValueError, match="contains no image names"):
        read_ids(path)
    path.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(ValueError, match="is not a text file of image names"):
        read_ids(path)


def test_groups_are_read_by_image(tmp_path: Path) -> None:
    path = tmp_path / "groups.csv"
    path.write_text("\ufeffid,group,note\none,tissue,x\ntwo,culture,y\n", "utf-8")
    assert read_groups(path) == {"one": "tissue", "two": "culture"}
    path.write_text("id,kind\none,tissue\n")
    with pytest.raises(ValueError, match="columns id and group; it has id, kind"):
        read_groups(path)
