from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_nuclei.model import litert_check
from napari_nuclei.model.engine import LiteRTNetwork
from napari_nuclei.model.exchange import import_model
from napari_nuclei.model.hashes import file_hash
from napari_nuclei.model.litert_check import check_network
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.store import (
    BUNDLED,
    find_model,
    read_card,
    save_card,
    write_card,
)

FAST = BUNDLED / "nuclei-fast"


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the tasks that child processes run during the test."""
    run, noted = litert_check.run_in_child_process, []

    def note(task: str, *args: Any, **options: Any) -> Any:
        noted.append(task)
        return run(task, *args, **options)

    monkeypatch.setattr(litert_check, "run_in_child_process", note)
    monkeypatch.setattr(litert_check, "CHECKED", set())
    return noted


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return the folder of a model that is not a bundled one."""
    return Path(shutil.copytree(FAST, tmp_path / "copy"))


def test_a_bundled_model_is_not_tried(tasks: list[str]) -> None:
    assert check_network(find_model("nuclei")) == file_hash(
        BUNDLED / "nuclei" / "model.tflite"
    )
    load_segmenter(FAST)
    assert tasks == []


def test_a_model_from_outside_is_tried_once(
    copy: Path, tasks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load_segmenter(copy)
    assert tasks == ["try_network"]
    monkeypatch.setattr(litert_check, "CHECKED", set())  # a later process
    load_segmenter(copy)
    assert tasks == ["try_network"]


def test_a_changed_card_is_tried_again(copy: Path, tasks: list[str]) -> None:
    load_segmenter(copy)
    save_card(copy, replace(read_card(copy), patch_size=64))
    load_segmenter(copy)
    assert tasks == ["try_network"] * 2


def crashing(content: bytes) -> bytes:
    """Return a file that crashes LiteRT: each table has lost its fields."""
    head = content[:64]
    return head + bytes(256) + content[320:]


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_bit_rot_is_found_before_litert_reads_the_file(
    copy: Path, tasks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load_segmenter(copy)
    flip(copy / "model.tflite")

    def never(content: bytes) -> None:
        raise AssertionError("LiteRT has read the file")

    monkeypatch.setattr("napari_nuclei.model.engine.new_interpreter", never)
    with pytest.raises(ValueError, match=r"model\.tflite is damaged: its hash differs"):
        load_segmenter(copy)
    assert tasks == ["try_network"]  # that of the undamaged file


def test_a_damaged_bundled_model_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = find_model("nuclei-fast")
    card = replace(entry.card, sha256={"model.tflite": "0" * 64})
    with pytest.raises(ValueError, match="is damaged: its hash differs"):
        LiteRTNetwork(
            FAST / "model.tflite", sha256=check_network(replace(entry, card=card))
        )


def test_a_file_without_hash_is_tried_and_logged_once(
    copy: Path, tasks: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    save_card(copy, replace(read_card(copy), sha256={}))
    for _ in range(2):
        load_segmenter(copy)
    assert tasks == ["try_network"]
    assert caplog.text.count("has no hash on its model card") >= 1
    flip(copy / "model.tflite")
    load_segmenter(copy)  # one weight has changed
    assert tasks == ["try_network"] * 2


@pytest.mark.parametrize(
    "road", [load_segmenter, partial(import_model, name="mine")], ids=["load", "import"]
)
def test_a_file_that_crashes_litert_is_refused(
    copy: Path, road: Callable[[Path], Any], own_models: Path
) -> None:
    path = copy / "model.tflite"
    path.write_bytes(crashing(path.read_bytes()))
    write_card(copy, read_card(copy))  # as its author would
    with pytest.raises(ValueError, match=r"copy/model\.tflite (is|has|does)") as error:
        road(copy)
    assert "\n" not in str(error.value)
    assert not (own_models / "mine").exists()


CARDS: dict[str, tuple[dict[str, Any], str]] = {
    "other channels": (
        {"channels": (*read_card(FAST).channels, "fifth")},
        "gives float32 of shape .*its model card says float32 of shape",
    ),
    "other inputs": ({"inputs": 1}, "does not run on images of 128x128 px with 1 ch"),
    "another side": ({"patch_size": 127}, "its model card says float32 of shape"),
}


@pytest.mark.parametrize(("changes", "message"), CARDS.values(), ids=CARDS)
def test_a_network_that_does_not_fit_its_card_is_refused(
    copy: Path, changes: dict[str, Any], message: str
) -> None:
    save_card(copy, replace(read_card(copy), **changes))
    with pytest.raises(ValueError, match=message):
        load_segmenter(copy)


def test_a_huge_file_is_refused(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(litert_check, "MAX_LITERT_BYTES", 1 << 20)
    # With its hash, another test may have checked the file already.
    save_card(copy, replace(read_card(copy), sha256={}))
    with pytest.raises(ValueError, match="is over 1 MiB"):
        load_segmenter(copy)


def test_a_pickled_network_checks_the_hash_too(copy: Path) -> None:
    path = copy / "model.tflite"
    pickled = pickle.dumps(LiteRTNetwork(path, sha256=file_hash(path)))
    tiles = np.zeros((1, 128, 128, 3), np.float32)
    assert pickle.loads(pickled)(tiles).shape == (1, 128, 128, 4)
    flip(path)
    from napari_nuclei.model.engine import get_cached_network

    get_cached_network.cache_clear()  # as in another process
    with pytest.raises(ValueError, match="is damaged"):
        pickle.loads(pickled)


def test_a_folder_that_cannot_be_written_is_no_error(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tasks: list[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NAPARI_NUCLEI_MODELS", str(tmp_path / "file"))
    for _ in range(2):
        load_segmenter(copy)
    assert tasks == ["try_network"]
