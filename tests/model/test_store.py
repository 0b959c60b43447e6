from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from napari_nuclei.core.card import Card
from napari_nuclei.model import exchange, store
from napari_nuclei.model.exchange import export_model, import_model
from napari_nuclei.model.store import (
    DEFAULT_MODEL,
    check_free,
    check_name,
    find_model,
    list_models,
    models_folder,
    new_model,
    read_card,
    remove_model,
    write_card,
)


def fill(folder: Path, name: str = "mine", content: bytes = b"network") -> None:
    """Put the files of a model into a folder; no test here runs its network."""
    zip_of(folder / "model.keras", {"config.json": b"{}", "weights": content})
    (folder / "model.tflite").write_bytes(content[::-1])
    (folder / "figures").mkdir()
    (folder / "figures" / "curves.png").write_bytes(b"picture")
    write_card(folder, Card(name, description="made by a test"))


def add(name: str, content: bytes = b"network", **options: Any) -> Path:
    with new_model(name, **options) as folder:
        fill(folder, name, content)
    return models_folder() / name


def tree(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder, hidden ones and empty folders included."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        if path.is_file()
        else b""
        for path in folder.rglob("*")
    }


def test_a_new_model_is_listed_found_and_removed(own_models: Path) -> None:
    folder = add("mine")
    assert folder == own_models / "mine"
    assert [e.name for e in list_models() if not e.bundled] == ["mine"]
    entry = find_model("mine")
    assert (entry.folder, entry.bundled) == (folder, False)
    assert entry.card.description == "made by a test"
    remove_model("mine")
    assert tree(own_models) == {}


def test_bundled_models_come_first_and_the_rest_by_name() -> None:
    for name in ("b", "a", "zz", "0"):
        add(name)
    entries = list_models()
    assert entries[0].name == DEFAULT_MODEL
    assert entries[0].bundled
    assert [e.name for e in entries if not e.bundled] == ["0", "a", "b", "zz"]


def test_hashes_stand_in_the_card(own_models: Path) -> None:
    card = read_card(add("mine"))
    assert set(card.sha256) == {"model.keras", "model.tflite"}
    assert card.sha256["model.keras"] == store.file_hash(
        own_models / "mine" / "model.keras"
    )


def test_a_model_is_found_by_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    fill(folder)
    assert find_model(folder).folder == folder
    assert find_model(str(folder)).card.name == "mine"


@pytest.mark.parametrize("broken", ["no card", "no json", "a list", "later format"])
def test_a_broken_folder_is_passed_over_in_the_list_and_can_be_removed(
    broken: str, own_models: Path
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
    with pytest.raises(FileExistsError, match="there is a model named broken already"):
        check_free("broken")
    remove_model("broken")
    check_free("broken")


def test_what_lies_hidden_among_the_models_is_not_listed(own_models: Path) -> None:
    (own_models / ".training" / "mine").mkdir(parents=True)
    fill(own_models / ".training" / "mine")
    (own_models / "a file").write_text("no model")
    assert all(entry.bundled for entry in list_models())


@pytest.mark.parametrize("name", ["a", "A-b_c.9", "0", "x" * 64])
def test_good_names_are_free(name: str) -> None:
    check_free(name)


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
        check_name(name)
    for overwrite in (False, True):
        with (
            pytest.raises(ValueError, match="name must be 1 to 64 letters"),
            new_model(name, overwrite=overwrite),
        ):
            pass
    with pytest.raises(ValueError, match="name must be 1 to 64 letters"):
        remove_model(name)
    assert not own_models.exists()


@pytest.mark.parametrize("overwrite", [False, True])
def test_the_name_of_a_bundled_model_is_taken(overwrite: bool) -> None:
    with (
        pytest.raises(
            FileExistsError, match=f"a bundled model is named {DEFAULT_MODEL}"
        ),
        new_model(DEFAULT_MODEL, overwrite=overwrite),
    ):
        pass


def test_a_bundled_model_cannot_be_removed() -> None:
    with pytest.raises(PermissionError, match="came with the package"):
        remove_model(DEFAULT_MODEL)
    assert find_model(DEFAULT_MODEL).bundled


def test_a_taken_name_is_refused_unless_it_shall_be_replaced() -> None:
    add("mine", b"old")
    with pytest.raises(FileExistsError, match="there is a model named mine already"):
        add("mine", b"new")
    assert (find_model("mine").folder / "model.tflite").read_bytes() == b"dlo"
    add("mine", b"new", overwrite=True)
    assert (find_model("mine").folder / "model.tflite").read_bytes() == b"wen"


def disk_full(*args: Any, **options: Any) -> Any:
    raise OSError(28, "No space left on device")


FAILURES: dict[str, tuple[str, Any]] = {
    "as a file is written": ("write_bytes", Path),
    "as the card is written": ("write_text", Path),
    "as the model takes its name": ("rename", Path),
}


@pytest.mark.parametrize("overwrite", [False, True], ids=["new", "replacing"])
@pytest.mark.parametrize(("method", "owner"), FAILURES.values(), ids=FAILURES)
def test_a_disk_that_fills_leaves_what_was_there(
    own_models: Path,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    owner: Any,
    overwrite: bool,
) -> None:
    add("other")
    if overwrite:
        add("mine", b"old")
    before = tree(own_models)
    monkeypatch.setattr(owner, method, disk_full)
    with pytest.raises(OSError, match="No space left"):
        add("mine", b"new", overwrite=overwrite)
    monkeypatch.undo()
    assert tree(own_models) == before


def test_an_earlier_model_comes_back_if_the_new_one_cannot_take_its_name(
    own_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("mine", b"old")
    before = tree(own_models)
    rename = Path.rename

    def second_fails(self: Path, target: Path) -> Path:
        if self.name.startswith(".mine-") and not self.name.endswith("-replaced"):
            disk_full()
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", second_fails)
    with pytest.raises(OSError, match="No space left"):
        add("mine", b"new", overwrite=True)
    assert tree(own_models) == before


def test_a_model_without_a_card_never_takes_its_name(own_models: Path) -> None:
    with (
        pytest.raises(FileNotFoundError, match=r"has no card\.json"),
        new_model("mine"),
    ):
        pass
    assert tree(own_models) == {}


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, SystemExit])
def test_whatever_is_raised_nothing_is_left(
    own_models: Path, error: type[BaseException]
) -> None:
    with pytest.raises(error), new_model("mine") as folder:
        fill(folder)
        raise error
    assert tree(own_models) == {}


@pytest.mark.parametrize("name", [None, "renamed"])
@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_an_exported_model_can_be_imported(
    tmp_path: Path, kind: str, name: str | None
) -> None:
    folder = add("mine")
    before = tree(folder)
    if kind == "zip":
        path = export_model("mine", tmp_path)
        assert path == tmp_path / "mine.zip"
    else:
        path = folder.rename(tmp_path / "moved")
    if folder.exists():
        remove_model("mine")
    entry = import_model(path, name=name)
    assert entry.name == entry.card.name == (name or "mine")
    after = tree(entry.folder)
    assert set(after) == set(before)
    for file in set(after) - {"card.json"}:
        assert after[file] == before[file]
    assert replace(entry.card, name="mine") == Card.from_dict(
        json.loads(before["card.json"])
    )


def test_a_zip_without_a_folder_inside_is_a_model_too(tmp_path: Path) -> None:
    folder = add("mine")
    with zipfile.ZipFile(tmp_path / "flat.zip", "w") as archive:
        for name, content in tree(folder).items():
            if content:
                archive.writestr(name, content)
    assert import_model(tmp_path / "flat.zip", name="flat").name == "flat"


def test_a_bundled_model_can_be_exported(tmp_path: Path) -> None:
    path = export_model(DEFAULT_MODEL, tmp_path / "out.zip")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert f"{DEFAULT_MODEL}/card.json" in archive.namelist()


def test_exporting_replaces_nothing(tmp_path: Path) -> None:
    add("mine")
    taken = tmp_path / "taken.zip"
    taken.write_bytes(b"mine")
    with pytest.raises(FileExistsError, match=r"taken\.zip exists already"):
        export_model("mine", taken)
    assert taken.read_bytes() == b"mine"
    with pytest.raises(FileNotFoundError, match="nowhere: there is no such folder"):
        export_model("mine", tmp_path / "nowhere" / "a.zip")


def test_a_disk_that_fills_leaves_no_part_of_a_zip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("mine")
    (tmp_path / "out").mkdir()
    monkeypatch.setattr(zipfile.ZipFile, "write", disk_full)
    with pytest.raises(OSError, match="No space left"):
        export_model("mine", tmp_path / "out")
    assert tree(tmp_path / "out") == {}


def zip_of(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def with_keras_file(config: dict[str, Any]) -> Callable[[Path], Path]:
    """Return what replaces the Keras file and its hash."""

    def change(folder: Path) -> Path:
        zip_of(folder / "model.keras", {"config.json": json.dumps(config).encode()})
        write_card(folder, read_card(folder))
        return folder

    return change


def zipped(change: Callable[[Path], Path]) -> Callable[[Path], Path]:
    def pack(folder: Path) -> Path:
        files = {k: v for k, v in tree(change(folder)).items() if v}
        return zip_of(folder / "m.zip", files)

    return pack


LAMBDA = with_keras_file({"class_name": "Lambda", "module": "keras.layers"})
CUSTOM = with_keras_file({"class_name": "system", "module": "os", "config": {}})


def damage(folder: Path) -> Path:
    path = folder / "model.tflite"
    path.write_bytes(path.read_bytes()[:-1])
    return folder


def damaged_zip(folder: Path) -> Path:
    path = zip_of(folder / "m.zip", {f"m/{k}": v for k, v in tree(folder).items() if v})
    content = path.read_bytes()
    assert content.count(b"krowten") == 1
    path.write_bytes(content.replace(b"krowten", b"kaputt!"))
    return path


def without(name: str) -> Callable[[Path], Path]:
    def change(folder: Path) -> Path:
        (folder / name).unlink()
        return folder

    return change


def written(name: str, content: bytes) -> Callable[[Path], Path]:
    def change(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name if name.startswith("other") else folder

    return change


BAD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "nothing there": (lambda folder: folder / "gone", "gone: there is no such file"),
    "no card": (without("card.json"), r"not a model: it has no card\.json"),
    "a card of no json": (written("card.json", b"{"), "is not a model's card"),
    "a card of bytes": (written("card.json", b"\xff\x00"), "is not a model's card"),
    "no network": (without("model.tflite"), r"lacks model\.tflite"),
    "no Keras file": (without("model.keras"), r"lacks model\.keras"),
    "damaged network": (damage, "is damaged: it does not match the card's hash"),
    "damaged zip": (damaged_zip, r"m\.zip is damaged"),
    "text": (written("other.zip", b"hello"), "neither a model's folder, nor a zip"),
    "no bytes": (written("other.zip", b""), "neither a model's folder, nor a zip"),
    "an unrelated zip": (
        lambda folder: zip_of(folder / "o.zip", {"a.txt": b"hello"}),
        r"o\.zip holds no model: it has no card\.json",
    ),
    "a Lambda layer": (LAMBDA, r"model\.keras has a Lambda layer, which runs code"),
    "a Lambda layer in a zip": (
        zipped(LAMBDA),
        r"m\.zip/model\.keras has a Lambda layer, which runs code",
    ),
    "a custom object": (CUSTOM, "has the custom object system, which is not loaded"),
    "no Keras file of its kind": (
        lambda folder: with_text_for_a_network(folder),
        r"model\.keras is not a \.keras file",
    ),
    "a name with a path": (
        lambda folder: write_named(folder, "../../evil"),
        "name must be 1 to 64 letters",
    ),
}


def with_text_for_a_network(folder: Path) -> Path:
    (folder / "model.keras").write_bytes(b"hello")
    write_card(folder, read_card(folder))
    return folder


def write_named(folder: Path, name: str) -> Path:
    write_card(folder, Card(name))
    return folder


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD)
def test_what_is_no_whole_model_is_refused_and_nothing_is_left(
    tmp_path: Path, own_models: Path, change: Callable[[Path], Path], message: str
) -> None:
    folder = tmp_path / "a model"
    folder.mkdir()
    fill(folder)
    path = change(folder)
    with pytest.raises((OSError, ValueError), match=message):
        import_model(path)
    assert not own_models.exists() or tree(own_models) == {}


def test_a_zip_never_writes_outside_of_its_place(
    tmp_path: Path, own_models: Path
) -> None:
    folder = add("mine")
    files = {f"mine/{name}": body for name, body in tree(folder).items() if body}
    evil = {
        "../../evil.txt": b"evil",
        "/tmp-evil.txt": b"evil",
        "mine/../../e": b"evil",
    }
    path = zip_of(tmp_path / "slip.zip", {**files, **evil})
    before = set(tmp_path.rglob("*"))
    import_model(path, name="slipped")
    slipped = own_models / "slipped"
    assert set(tmp_path.rglob("*")) - before == {slipped, *slipped.rglob("*")}
    assert not Path("/tmp-evil.txt").exists()


def test_a_zip_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "MOST_ZIP_BYTES", 1000)
    path = zip_of(tmp_path / "bomb.zip", {"card.json": b"0" * 1001})
    with pytest.raises(ValueError, match="unpacks to over 1 GiB"):
        import_model(path)


def test_importing_under_a_taken_name_is_refused(tmp_path: Path) -> None:
    path = export_model(add("mine").name, tmp_path)
    with pytest.raises(FileExistsError, match="there is a model named mine already"):
        import_model(path)


NOT_FOUND: dict[str, tuple[str, str]] = {
    "unknown": (
        "unknown",
        f"there is no model unknown; the models are: {DEFAULT_MODEL}",
    ),
    "a path": ("no/where", "there is no model no/where"),
    "no name": ("", r"not a model: it has no card\.json"),
}


@pytest.mark.parametrize(("name", "message"), NOT_FOUND.values(), ids=NOT_FOUND)
def test_a_model_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=message):
        find_model(name)


def test_a_file_is_told_to_be_imported_first(tmp_path: Path) -> None:
    path = tmp_path / "net.keras"
    path.write_bytes(b"")
    with pytest.raises(
        ValueError, match=r"import it first: .* models import .*net\.ker"
    ):
        find_model(path)


def test_only_models_of_ones_own_are_removed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="is not among the models in"):
        remove_model("unknown")


def test_the_model_offered_first_is_the_one_chosen_while_it_is_there(
    own_models: Path,
) -> None:
    assert store.chosen_model() == store.DEFAULT_MODEL
    with store.new_model("mine") as folder:
        store.write_card(folder, Card("mine"))
    store.choose_model("mine")
    assert store.chosen_model() == "mine"
    store.rename_model("mine", "ours")
    assert store.chosen_model() == "ours"
    assert store.find_model("ours").card.name == "ours"
    store.remove_model("ours")
    assert store.chosen_model() == store.DEFAULT_MODEL
    with pytest.raises(FileNotFoundError):
        store.choose_model("ours")


def test_a_model_cannot_take_a_name_or_be_renamed_in_the_package() -> None:
    with store.new_model("mine") as folder:
        store.write_card(folder, Card("mine"))
    with pytest.raises(FileExistsError):
        store.rename_model("mine", store.DEFAULT_MODEL)
    with pytest.raises(PermissionError):
        store.rename_model(store.DEFAULT_MODEL, "other")
