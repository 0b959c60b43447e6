from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from napari_nuclei.core.card import ModelCard
from napari_nuclei.scale.records.run_record import (
    RECORD_NAME,
    as_json,
    hash_card,
    make_run_record,
    read_run_record,
    state_command,
    write_run_record,
)


@dataclass
class Setting:
    size: float
    path: Path


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    card = ModelCard("mine", sha256={"model.tflite": "ab"})
    with state_command(["napari-nuclei", "segment", "a b.tif"]):
        record = make_run_record(
            [Path("in")], Path("out"), card, {"config": Setting(2.0, Path("x"))}
        )
    assert record["command"] == "napari-nuclei segment 'a b.tif'"
    assert record["settings"] == {"config": {"size": 2.0, "path": "x"}}
    assert record["model"]["card"]["sha256"] == {"model.tflite": "ab"}
    assert record["packages"]["numpy"]
    assert write_run_record(tmp_path, record)
    assert read_run_record(tmp_path) == record
    assert make_run_record([], None, card, {})["command"] == ""


def test_a_file_of_another_program_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / RECORD_NAME
    for content in (b'{"software": "other"}', b"[1", b"[1]", b"\xff"):
        path.write_bytes(content)
        assert read_run_record(tmp_path) == {}
        assert not write_run_record(tmp_path, {"software": "napari-nuclei 1"})
        assert path.read_bytes() == content


def test_the_hash_of_a_card_depends_on_its_values_only() -> None:
    one = {"name": "a", "version": "1"}
    other = json.loads(json.dumps({"version": "1", "name": "a"}))
    assert hash_card(one) == hash_card(other) != hash_card(one | {"name": "b"})
    assert as_json((1, Path("a"))) == [1, "a"]
