from __future__ import annotations

import json
from pathlib import Path

import pytest

from napari_nuclei.data.dataset_info import INFO_FILE, DatasetInfo, read_dataset_info


def test_without_a_file_the_name_is_that_of_the_folder_or_zip(tmp_path: Path) -> None:
    folder = tmp_path / "set.v2"
    folder.mkdir()
    assert read_dataset_info(folder) == DatasetInfo("set.v2")
    assert read_dataset_info(tmp_path / "stage1.zip") == DatasetInfo("stage1")


def test_the_file_states_licence_and_citation(tmp_path: Path) -> None:
    values = {"name": "TNBC", "licence": "CC BY 4.0", "citation": "Naylor 2019"}
    (tmp_path / INFO_FILE).write_text(json.dumps(values))
    assert read_dataset_info(tmp_path) == DatasetInfo(**values)
    assert read_dataset_info(tmp_path / "a.zip") == DatasetInfo(**values)


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"license": "MIT"}', '{"licence": 3}', '"MIT"']
)
def test_a_damaged_file_is_named_with_what_it_must_hold(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / INFO_FILE).write_text(text)
    with pytest.raises(ValueError, match=rf"{INFO_FILE} (is not valid|must hold)"):
        read_dataset_info(tmp_path)
