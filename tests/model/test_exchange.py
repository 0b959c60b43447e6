from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.model import exchange, selftest
from napari_nuclei.model.exchange import export_model, import_model
from napari_nuclei.model.selftest import SELF_TEST
from napari_nuclei.model.store import (
    DEFAULT_MODEL,
    read_card,
    write_card,
)
from napari_nuclei.model.user_models import remove_model

pytestmark = pytest.mark.usefixtures("network")

Fill = Callable[..., None]
Add = Callable[..., Path]
Tree = Callable[[Path], dict[str, bytes]]


def np_file(**arrays: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def disk_full(*args: Any, **options: Any) -> Any:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("name", [None, "renamed"])
@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_an_exported_model_can_be_imported(
    tmp_path: Path, kind: str, name: str | None, add: Add, tree: Tree
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
    assert set(after) == set(before) | ({SELF_TEST} if kind == "zip" else set())
    for file in set(before) - {"card.json"}:
        assert after[file] == before[file]
    assert replace(entry.card, name="mine") == ModelCard.from_dict(
        json.loads(before["card.json"])
    )


def test_a_zip_without_a_folder_inside_can_be_imported(
    tmp_path: Path, add: Add, tree: Tree
) -> None:
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


def test_exporting_replaces_nothing(tmp_path: Path, add: Add) -> None:
    add("mine")
    taken = tmp_path / "taken.zip"
    taken.write_bytes(b"mine")
    with pytest.raises(FileExistsError, match=r"taken\.zip already exists"):
        export_model("mine", taken)
    assert taken.read_bytes() == b"mine"
    with pytest.raises(FileNotFoundError, match="nowhere: there is no such folder"):
        export_model("mine", tmp_path / "nowhere" / "a.zip")


def test_a_full_disk_leaves_no_partial_zip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, add: Add, tree: Tree
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
    """Return a function that replaces the Keras file and its hash."""

    def change(folder: Path) -> Path:
        zip_of(folder / "model.keras", {"config.json": json.dumps(config).encode()})
        write_card(folder, read_card(folder))
        return folder

    return change


def zipped(change: Callable[[Path], Path]) -> Callable[[Path], Path]:
    def pack(folder: Path) -> Path:
        files = {file.name: file.read_bytes() for file in change(folder).glob("*.*")}
        return zip_of(folder / "m.zip", files)

    return pack


LAMBDA = with_keras_file({"class_name": "Lambda", "module": "keras.layers"})
CUSTOM = with_keras_file({"class_name": "system", "module": "os", "config": {}})


def damage(folder: Path) -> Path:
    path = folder / "model.tflite"
    path.write_bytes(path.read_bytes()[:-1])
    return folder


def damaged_zip(folder: Path) -> Path:
    files = {f"m/{file.name}": file.read_bytes() for file in folder.glob("*.*")}
    path = zip_of(folder / "m.zip", files)
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
    "a card of no json": (written("card.json", b"{"), "is not a model card"),
    "a card of bytes": (written("card.json", b"\xff\x00"), "is not a model card"),
    "no network": (without("model.tflite"), r"lacks model\.tflite"),
    "no Keras file": (without("model.keras"), r"lacks model\.keras"),
    "damaged network": (damage, "is damaged: its hash differs from the model card"),
    "damaged zip": (damaged_zip, r"m\.zip is damaged"),
    "text": (
        written("other.zip", b"hello"),
        "is not a model: it must be",
    ),
    "no bytes": (
        written("other.zip", b""),
        "is not a model: it must be",
    ),
    "an unrelated zip": (
        lambda folder: zip_of(folder / "o.zip", {"a.txt": b"hello"}),
        r"o\.zip holds no model: it has no card\.json",
    ),
    "a Lambda layer": (
        LAMBDA,
        r"model\.keras has a Lambda layer, which runs custom code",
    ),
    "a Lambda layer in a zip": (
        zipped(LAMBDA),
        r"m\.zip/model\.keras has a Lambda layer, which runs custom code",
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
    write_card(folder, ModelCard(name))
    return folder


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD)
def test_an_incomplete_model_is_refused_and_leaves_no_files(
    tmp_path: Path,
    own_models: Path,
    change: Callable[[Path], Path],
    message: str,
    fill: Fill,
    tree: Tree,
) -> None:
    folder = tmp_path / "a model"
    folder.mkdir()
    fill(folder)
    path = change(folder)
    with pytest.raises((OSError, ValueError), match=message):
        import_model(path)
    assert not own_models.exists() or tree(own_models) == {}


def test_a_zip_never_writes_outside_its_folder(
    tmp_path: Path, own_models: Path, add: Add, tree: Tree
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
    monkeypatch.setattr(exchange, "MAX_ZIP_BYTES", 1000)
    path = zip_of(tmp_path / "bomb.zip", {"card.json": b"0" * 1001})
    with pytest.raises(ValueError, match="unpacks to over 1 GiB"):
        import_model(path)


def test_importing_under_a_taken_name_is_refused(tmp_path: Path, add: Add) -> None:
    path = export_model(add("mine").name, tmp_path)
    with pytest.raises(FileExistsError, match="There is already a model named mine"):
        import_model(path)


def test_a_network_that_does_not_run_is_not_exported(
    tmp_path: Path, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(folder: Path) -> Segmenter:
        raise ValueError("model.tflite is not a LiteRT model")

    add("mine")
    (tmp_path / "out").mkdir()
    monkeypatch.setattr(selftest, "load_segmenter", broken)
    with pytest.raises(ValueError, match="is not a LiteRT model"):
        export_model("mine", tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_paths_may_be_text_and_start_at_the_home_folder(
    tmp_path: Path, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = add("mine")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    written = export_model(str(folder), "~/mine.zip")
    assert written == tmp_path / "mine.zip"
    assert import_model("~/mine.zip", name="again").name == "again"
    assert import_model(str(written), name="once-more").name == "once-more"
