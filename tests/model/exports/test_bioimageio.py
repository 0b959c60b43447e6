from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
import yaml

from napari_nuclei.model.exchange import export_model
from napari_nuclei.model.exports.bioimageio import encode_package, scale_as_described
from napari_nuclei.model.keras_load import load_keras_model
from napari_nuclei.model.store import KERAS_FILE, ModelEntry


def files_named(value: object) -> dict[str, str]:
    """Return the hashes in a description, by the names of the files."""
    if isinstance(value, list):
        value = dict(enumerate(value))
    if not isinstance(value, dict):
        return {}
    found = {value["source"]: value["sha256"]} if "source" in value else {}
    return found | {
        n: h for part in value.values() for n, h in files_named(part).items()
    }


def test_a_package_describes_its_files_and_its_output(entry: ModelEntry) -> None:
    content = encode_package(entry, load_keras_model(entry.folder / KERAS_FILE))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    description = yaml.safe_load(files.pop("bioimageio.yaml"))
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    assert files_named(description) == hashes

    (inputs,), (outputs,) = description["inputs"], description["outputs"]
    raw = np.load(io.BytesIO(files["test_input.npy"]))
    expected = np.load(io.BytesIO(files["test_output.npy"]))
    assert raw.max() > 1, "the test input is an image as it is, not scaled"
    session = onnxruntime.InferenceSession(files["model.onnx"])
    (maps,) = session.run(None, {inputs["id"]: scale_as_described(raw)})
    np.testing.assert_allclose(maps, expected, atol=1e-4)
    channels = next(axis for axis in outputs["axes"] if axis["type"] == "channel")
    assert tuple(channels["channel_names"]) == entry.card.channels
    assert len(entry.card.channels) == expected.shape[-1]

    cover = cv2.imdecode(np.frombuffer(files["cover.png"], np.uint8), cv2.IMREAD_COLOR)
    assert cover.shape[0] == cover.shape[1]
    assert "# Validation" in files["README.md"].decode()


# bioimageio.core leaves the package open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.bioimageio
@pytest.mark.parametrize("name", ["nuclei", "nuclei-fast"])
def test_the_validator_of_bioimageio_accepts_a_package(
    name: str, tmp_path: Path
) -> None:
    core = pytest.importorskip("bioimageio.core")
    path = export_model(name, tmp_path / "package.bioimageio.zip")
    summary = core.test_model(path)
    assert summary.status == "passed", summary.format()
