from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_nuclei.model.exchange import export_model, import_model
from napari_nuclei.model.selftest import SELF_TEST, run_self_test
from napari_nuclei.model.store import ANNOTATIONS_FILE, find_model

pytestmark = pytest.mark.usefixtures("network")

Add = Callable[..., Path]


def np_file(**arrays: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def self_test(**changes: np.ndarray) -> bytes:
    arrays = {
        "image": np.zeros((9, 9)),
        "labels": np.zeros((9, 9), int),
        "diameter": np.array(9.0),
    }
    return np_file(**{**arrays, **changes})


def test_a_model_that_finds_the_same_nuclei_passes_its_self_test(
    tmp_path: Path, add: Add
) -> None:
    add("mine")
    result = run_self_test(import_model(export_model("mine", tmp_path), name="two"))
    assert result is not None
    assert result.ok
    assert result.expected > 10
    assert result.summary().startswith("self-test ok: ")


def test_a_model_that_finds_other_nuclei_fails_its_self_test(
    tmp_path: Path, add: Add, network: Any
) -> None:
    add("mine")
    entry = import_model(export_model("mine", tmp_path), name="two")
    network.level = 0.8
    result = run_self_test(entry)
    assert result is not None
    assert not result.ok
    assert result.matched < result.expected
    assert result.summary().startswith("self-test differs: ")


def test_a_single_different_pixel_is_accepted(tmp_path: Path, add: Add) -> None:
    add("mine")
    entry = import_model(export_model("mine", tmp_path), name="two")
    with np.load(entry.folder / SELF_TEST) as file:
        parts = dict(file)
    last = np.unique(parts["labels"])[-1]
    parts["labels"][tuple(np.argwhere(parts["labels"] == last)[0])] = 0
    np.savez(entry.folder / SELF_TEST, **parts)
    result = run_self_test(entry)
    assert result is not None
    assert result.ok


def test_the_image_is_a_crop_of_the_training_images(tmp_path: Path, add: Add) -> None:
    own = np.zeros((300, 400), np.uint8)
    own[10:30, 10:30] = own[60:80, 50:70] = 200
    np.savez(add("mine") / ANNOTATIONS_FILE, image0=own, labels0=own)
    entry = import_model(export_model("mine", tmp_path), name="two")
    with np.load(entry.folder / SELF_TEST) as file:
        assert file["image"].shape == (256, 256)
        assert set(np.unique(file["image"])) <= {0, 200}
    result = run_self_test(entry)
    assert result is not None
    assert (result.ok, result.expected) == (True, 2)


def test_an_imported_model_gets_a_new_self_test_when_it_is_exported(
    tmp_path: Path, add: Add, network: Any
) -> None:
    add("mine")
    import_model(export_model("mine", tmp_path), name="two")
    network.level = 0.5
    again = export_model("two", tmp_path)
    with zipfile.ZipFile(again) as file:
        assert file.namelist().count(f"two/{SELF_TEST}") == 1
    result = run_self_test(import_model(again, name="three"))
    assert result is not None
    assert result.ok


def test_a_model_may_have_no_self_test(tmp_path: Path, add: Add) -> None:
    add("mine")
    assert run_self_test(find_model("mine")) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        np_file(image=np.zeros((9, 9))),
        np_file(image=np.zeros(9_000_000)),
        self_test(labels=np.zeros((9, 8), int)),
        self_test(diameter=np.array(1e-9)),
        self_test(diameter=np.array(np.nan)),
        self_test(image=np.zeros((300, 300)), labels=np.zeros((300, 300), int)),
        self_test(image=np.full((9, 9), "text")),
        self_test()[:-40],
        self_test().replace(b"'shape': (9, 9), }      ", b"'shape': (99999, 99999), }"),
    ],
    ids=[
        "empty",
        "text",
        "no labels",
        "too large",
        "other shapes",
        "a tiny diameter",
        "no diameter",
        "a large image",
        "text as image",
        "cut short",
        "a header of another size",
    ],
)
def test_a_self_test_that_cannot_be_run_differs(add: Add, content: bytes) -> None:
    folder = add("mine")
    (folder / SELF_TEST).write_bytes(content)
    result = run_self_test(find_model("mine"))
    assert result is not None
    assert not result.ok
    assert "self-test differs: " in result.summary()
