from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.model import store
from napari_nuclei.model.hashes import file_hash
from napari_nuclei.model.staging import stage_model
from napari_nuclei.model.store import (
    DEFAULT_MODEL,
    check_model_name,
    check_name_available,
    find_model,
    list_models,
    load_model_card,
    read_card,
)
from napari_nuclei.model.user_models import get_preferred_model, remove_model

Fill = Callable[..., None]
Add = Callable[..., Path]
Tree = Callable[[Path], dict[str, bytes]]


def test_a_new_model_is_listed_found_and_removed(
    own_models: Path, add: Add, tree: Tree
) -> None:
    folder = add("mine")
    assert folder == own_models / "mine"
    assert [e.name for e in list_models() if not e.bundled] == ["mine"]
    entry = find_model("mine")
    assert (entry.folder, entry.bundled) == (folder, False)
    assert entry.card.description == "made by a test"
    remove_model("mine")
    assert tree(own_models) == {}


def test_bundled_models_come_first_and_the_rest_by_name(add: Add) -> None:
    for name in ("b", "a", "zz", "0"):
        add(name)
    entries = list_models()
    assert entries[0].name == DEFAULT_MODEL
    assert entries[0].bundled
    assert [e.name for e in entries if not e.bundled] == ["0", "a", "b", "zz"]


def test_the_card_holds_the_hashes(own_models: Path, add: Add) -> None:
    card = read_card(add("mine"))
    assert set(card.sha256) == {"model.keras", "model.tflite"}
    assert card.sha256["model.keras"] == file_hash(own_models / "mine" / "model.keras")


def test_a_model_is_found_by_its_folder(tmp_path: Path, fill: Fill) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    fill(folder)
    assert find_model(folder).folder == folder
    assert find_model(str(folder)).card.name == "mine"


@pytest.mark.parametrize("broken", ["no card", "no json", "a list", "later format"])
def test_a_broken_model_is_not_listed_and_can_be_removed(
    broken: str, own_models: Path, add: Add
) -> None:
    add("fine")
    folder = own_models / "broken"
    folder.mkdir()
    text = {"no json": "{", "a list": "[]", "later format": '{"name": 1, "format": 99}'}
    if broken in text:
        (folder / "card.json").write_text(text[broken])
    assert [e.name for e in list_models() if not e.bundled] == ["fine"]
    with pytest.raises((OSError, ValueError), match=r"card\.json|not a model's card"):
        find_model("broken")
    with pytest.raises(FileExistsError, match="There is already a model named broken"):
        check_name_available("broken")
    remove_model("broken")
    check_name_available("broken")


def test_a_broken_model_is_reported_and_does_not_affect_others(
    own_models: Path, add: Add
) -> None:
    (own_models / "broken").mkdir(parents=True)
    (own_models / "broken" / "card.json").write_text("{")
    (own_models / "notes.txt").write_text("hello")
    add("mine")
    assert list(store.invalid_models()) == ["broken"]
    assert "is not a model card" in store.invalid_models()["broken"]
    assert find_model(DEFAULT_MODEL).bundled


BROKEN_CARDS: dict[str, str] = {
    "nested": "[" * 100_000,
    "nested in a field": '{"name": "a", "training": ' + '{"a":' * 500 + "1" + "}" * 501,
    "long": '{"name": "a", "licence": "' + "x" * 5_000_000 + '"}',
    "of wrong types": '{"name": "a", "metrics": {"pooled": {"ap_50": "high"}}}',
    "not finite": '{"name": "a", "min_size": Infinity}',
    "with a long number": '{"name": "a", "diameter": ' + "9" * 5000 + "}",
}


@pytest.mark.parametrize("text", BROKEN_CARDS.values(), ids=BROKEN_CARDS)
def test_a_hostile_card_is_one_broken_model(
    text: str, own_models: Path, add: Add
) -> None:
    add("fine")
    (own_models / "broken").mkdir()
    (own_models / "broken" / "card.json").write_text(text)
    assert [entry.name for entry in list_models() if not entry.bundled] == ["fine"]
    assert list(store.invalid_models()) == ["broken"]
    reason = store.invalid_models()["broken"]
    assert "card.json is not a model card" in reason
    assert len(reason) < 500
    remove_model("broken")


def test_the_name_of_a_user_model_is_that_of_its_folder(add: Add) -> None:
    add("old").rename(store.models_folder() / "new")  # as by a killed rename
    assert find_model("new").card.name == "new"
    assert [e.card.name for e in list_models() if not e.bundled] == ["new"]


def test_a_folder_that_cannot_be_read_hides_no_bundled_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A path that is too long is an error of the system, as is a forbidden one.
    monkeypatch.setenv("NAPARI_NUCLEI_MODELS", "/" + "x" * 300)
    assert [entry.name for entry in list_models()] == ["nuclei", "nuclei-fast"]
    assert find_model(DEFAULT_MODEL).bundled
    assert get_preferred_model() == DEFAULT_MODEL
    with pytest.raises(OSError, match="too long"):
        store.invalid_models()


def test_hidden_folders_are_not_listed(own_models: Path, fill: Fill) -> None:
    (own_models / ".training" / "mine").mkdir(parents=True)
    fill(own_models / ".training" / "mine")
    (own_models / "a file").write_text("no model")
    assert all(entry.bundled for entry in list_models())


@pytest.mark.parametrize("name", ["a", "A-b_c.9", "0", "x" * 64])
def test_valid_names_are_accepted(name: str) -> None:
    check_name_available(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        ".hidden",
        "-a",
        "a/b",
        "../a",
        "a\\b",
        "a b",
        "a\n",
        "é",
        "x" * 65,
    ],
    ids=repr,
)
def test_bad_names_are_refused(name: str, own_models: Path) -> None:
    with pytest.raises(ValueError, match="name must be 1 to 64 letters"):
        check_model_name(name)
    for overwrite in (False, True):
        with (
            pytest.raises(ValueError, match="name must be 1 to 64 letters"),
            stage_model(name, overwrite=overwrite),
        ):
            pass
    with pytest.raises(ValueError, match="name must be 1 to 64 letters"):
        remove_model(name)
    assert not own_models.exists()


def test_a_bundled_model_cannot_be_removed() -> None:
    with pytest.raises(PermissionError, match="is a bundled model"):
        remove_model(DEFAULT_MODEL)
    assert find_model(DEFAULT_MODEL).bundled


NOT_FOUND: dict[str, tuple[str, str]] = {
    "unknown": (
        "unknown",
        f"There is no model unknown; the models are: {DEFAULT_MODEL}",
    ),
    "a path": ("no/where", "There is no model no/where"),
    "no name": ("", r"not a model: it has no card\.json"),
}


@pytest.mark.parametrize(("name", "message"), NOT_FOUND.values(), ids=NOT_FOUND)
def test_a_missing_model_is_named_in_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=message):
        find_model(name)


def test_a_file_must_be_imported_first(tmp_path: Path) -> None:
    path = tmp_path / "net.keras"
    path.write_bytes(b"")
    with pytest.raises(
        ValueError, match=r"import it first: .* models import .*net\.ker"
    ):
        find_model(path)


def test_only_user_models_are_removed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="There is no model unknown in"):
        remove_model("unknown")


@pytest.mark.parametrize("name", [3, None, b"nuclei"])
def test_a_model_is_named_by_text_or_a_path(name: Any) -> None:
    with pytest.raises(TypeError, match="model must be a name or a folder; got "):
        find_model(name)


def test_a_model_card_is_loaded_by_name_and_by_path(
    add: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = add("mine")
    monkeypatch.setenv("HOME", str(folder.parent))
    monkeypatch.setenv("USERPROFILE", str(folder.parent))
    for model in ("mine", folder, str(folder), "~/mine", Path("~/mine")):
        assert load_model_card(model).description == "made by a test"
    with pytest.raises(FileNotFoundError, match="There is no model yours"):
        load_model_card("yours")


def test_a_loaded_model_is_found_by_its_folder(add: Callable[..., Path]) -> None:
    folder = add("mine")
    segmenter = Segmenter(lambda tiles: tiles, load_model_card(folder), folder)
    assert find_model(segmenter).folder == folder
    assert load_model_card(segmenter).description == "made by a test"
    assert find_model(find_model("nuclei")).bundled
    unsaved = Segmenter(lambda tiles: tiles, load_model_card(folder))
    with pytest.raises(TypeError, match="A Segmenter must be loaded from a folder"):
        find_model(unsaved)
