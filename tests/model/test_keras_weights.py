from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from napari_nuclei.model import keras_weights, litert_check
from napari_nuclei.model.keras_weights import check_weights, read_weights
from napari_nuclei.model.store import BUNDLED


def external(file: h5py.File) -> None:
    Path(file.filename).with_name("secret").write_bytes(bytes(16))
    file.create_dataset("w", (4,), "f4", external=[("secret", 0, 16)])


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", (4,))
    file.create_virtual_dataset("w", layout)


def shape_bomb(file: h5py.File) -> None:
    file.create_dataset("w", (1 << 40,), "f4", chunks=(1 << 20,), compression="gzip")


def sum_of_bombs(file: h5py.File) -> None:
    for number in range(9):
        file.create_dataset(f"w{number}", (1 << 24,), "f4", chunks=True)


def link(target: Any) -> Callable[[h5py.File], None]:
    return lambda file: file.__setitem__("w", target)


REFUSED: dict[str, tuple[Callable[[h5py.File], None], str]] = {
    "an external array": (external, "has weights in other files"),
    "a virtual array": (virtual, "has weights in other files"),
    "an external link": (
        link(h5py.ExternalLink("other.h5", "/x")),
        "has weights that are links",
    ),
    "a soft link": (link(h5py.SoftLink("/")), "has weights that are links"),
    "a huge shape": (shape_bomb, "has over 512 MiB of weights"),
    "many large shapes": (sum_of_bombs, "has over 512 MiB of weights"),
    "text": (link("text"), "has weights of type object, not numbers"),
}


@pytest.mark.parametrize(("fill", "message"), REFUSED.values(), ids=REFUSED)
def test_weights_that_are_not_plain_arrays_are_refused(
    tmp_path: Path, fill: Callable[[h5py.File], None], message: str
) -> None:
    path = tmp_path / "weights.h5"
    with h5py.File(path, "w") as file:
        fill(file)
    with pytest.raises(ValueError, match=message):
        read_weights(str(path))


def test_a_group_that_contains_itself_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keras_weights, "MAX_HDF5_OBJECTS", 100)
    path = tmp_path / "weights.h5"
    with h5py.File(path, "w") as file:
        file["a/b"] = np.zeros(3)
        file["a/loop"] = file["a"]
    with pytest.raises(ValueError, match="has over 100 groups of weights"):
        read_weights(str(path))


def test_a_keras_file_needs_weights(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "net.keras", "w") as archive:
        archive.writestr("config.json", "{}")
    with pytest.raises(ValueError, match=r"has no model\.weights\.h5"):
        read_weights(str(tmp_path / "net.keras"))


def test_weights_are_read_in_a_child_process_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(shutil.copy(BUNDLED / "nuclei-fast" / "model.keras", tmp_path))
    run, tasks = keras_weights.run_in_child_process, []

    def noted(task: str, *args: Any, **options: Any) -> Any:
        tasks.append(task)
        return run(task, *args, **options)

    monkeypatch.setattr(keras_weights, "run_in_child_process", noted)
    # Other tests may have checked this file already.
    monkeypatch.setenv("NAPARI_NUCLEI_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(litert_check, "CHECKED", set())
    for _ in range(2):
        check_weights(path)
    assert tasks == ["read_weights"]


def test_the_error_of_the_child_process_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "weights.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(99))
    with pytest.raises(ValueError, match=r"weights\.h5 has damaged weights"):
        check_weights(path)
