from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.model import onnx_engine
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.onnx_engine import OnnxNetwork, onnx_path, prefers_onnx
from napari_nuclei.model.store import KERAS_FILE, find_model


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of models in which `nuclei-fast` was converted, once."""
    folder = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NAPARI_NUCLEI_MODELS", str(folder))
        load_segmenter("nuclei-fast", engine="onnx")
    return folder


@pytest.fixture
def models(converted: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NAPARI_NUCLEI_MODELS", str(converted))
    return converted


@pytest.mark.slow
def test_onnx_runtime_gives_the_output_of_litert(
    models: Path, rng: np.random.Generator
) -> None:
    litert, onnx = (load_segmenter("nuclei-fast", engine=e) for e in ("litert", "onnx"))
    assert isinstance(onnx.network, OnnxNetwork)
    assert onnx.network.description == "ONNX Runtime (CPU)"
    for count, side in ((1, 128), (5, 128), (2, 288)):
        tiles = rng.random((count, side, side, 3), np.float32)
        np.testing.assert_allclose(
            onnx.network(tiles), litert.network(tiles), atol=1e-3
        )


@pytest.mark.slow
def test_the_nuclei_are_those_of_litert(models: Path) -> None:
    image, _ = synthetic_nuclei((300, 400), seed=4)
    counts = [
        load_segmenter("nuclei-fast", engine=engine).segment(image).max()
        for engine in ("litert", "onnx")
    ]
    assert counts[0] == counts[1] > 20


@pytest.mark.slow
def test_a_network_is_converted_once_and_loads_no_tensorflow(models: Path) -> None:
    path = onnx_path(find_model("nuclei-fast"))
    written = path.stat().st_mtime_ns
    code = (
        "import sys, napari_nuclei as n; n.load_segmenter('nuclei-fast', "
        "engine='onnx'); assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert path.stat().st_mtime_ns == written
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.slow
def test_a_network_is_pickled_by_its_path(models: Path) -> None:
    network = load_segmenter("nuclei-fast", engine="onnx", threads=1).network
    again = pickle.loads(pickle.dumps(network))
    tiles = np.zeros((1, 128, 128, 3), np.float32)
    np.testing.assert_array_equal(again(tiles), network(tiles))
    assert pickle.loads(pickle.dumps(network)) is again


@pytest.mark.parametrize(
    ("providers", "preferred"),
    [
        (["CPUExecutionProvider"], False),
        (["OpenVINOExecutionProvider", "CPUExecutionProvider"], False),
        (["CUDAExecutionProvider", "CPUExecutionProvider"], True),
    ],
)
def test_auto_prefers_onnx_runtime_on_a_gpu(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    providers: list[str],
    preferred: bool,
) -> None:
    import onnxruntime

    monkeypatch.setenv("NAPARI_NUCLEI_MODELS", str(tmp_path))
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: providers)
    entry = find_model("nuclei-fast")
    assert not prefers_onnx(entry)  # the network was not converted
    onnx_path(entry).parent.mkdir()
    onnx_path(entry).touch()
    assert prefers_onnx(entry) == preferred


def test_a_damaged_file_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAPARI_NUCLEI_MODELS", str(tmp_path))
    path = onnx_path(find_model("nuclei-fast"))
    path.parent.mkdir()
    path.write_bytes(b"damaged")
    with pytest.raises(ValueError, match=r"cannot be opened .* Delete it; it is made"):
        load_segmenter("nuclei-fast", engine="onnx")


@pytest.mark.parametrize(
    ("package", "extra"), [("onnxruntime", "onnx"), ("tf2onnx", "export")]
)
def test_a_missing_package_gives_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, extra: str
) -> None:
    monkeypatch.setenv("NAPARI_NUCLEI_MODELS", str(tmp_path))
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setattr(onnx_engine, "is_installed", lambda name: name != package)
    with pytest.raises(ModuleNotFoundError, match=rf"'napari-nuclei\[{extra}\]'"):
        load_segmenter("nuclei-fast", engine="onnx")


def test_a_network_that_cannot_be_converted_is_named(
    tmp_path: Path, small_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAPARI_NUCLEI_MODELS", str(tmp_path / "models"))
    folder = Path(shutil.copytree(small_base, tmp_path / "broken"))
    (folder / KERAS_FILE).write_bytes(b"damaged")
    with pytest.raises(ValueError, match=r"model\.keras .*damaged"):
        load_segmenter(folder, engine="onnx")
