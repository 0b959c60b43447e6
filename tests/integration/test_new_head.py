"""A made-up head is added through its three tables alone, and learns."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

import napari_nuclei
from napari_nuclei.config import ModelConfig, TrainConfig, outputs
from napari_nuclei.core import targets
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.maps import OutputMaps
from napari_nuclei.data.datasets import Sample
from napari_nuclei.model import losses
from napari_nuclei.model.unet import build_unet
from napari_nuclei.training.loop.compile import compile_model
from napari_nuclei.training.sampling.patches import sample_batch
from napari_nuclei.training.sampling.pyramid import build_pyramid
from napari_nuclei.training.sampling.validation_patches import build_validation_patches

TINY = ModelConfig(alpha=0.35, decoder=(8, 8, 8, 8), stem=4)


@pytest.fixture
def boundary(monkeypatch: pytest.MonkeyPatch) -> outputs.Head:
    """Add a head that learns the outermost pixels of each nucleus."""
    head = outputs.Head("boundary", ("boundary",), binary=True)
    monkeypatch.setattr(outputs, "HEADS", (*outputs.HEADS, head))
    monkeypatch.setitem(targets.IMAGE_TARGETS, "boundary", targets.label_edges)
    monkeypatch.setitem(losses.HEAD_LOSSES, "boundary", losses.mean_cross_entropy)
    return head


@pytest.fixture
def sample(discs) -> Sample:
    labels = discs((96, 96), [(30, 30, 12), (60, 62, 14)])
    return Sample("discs", np.where(labels > 0, 200, 20).astype(np.uint8), labels)


def boundary_loss(
    model: keras.Model, images: NDArray[np.float32], truth: NDArray[np.float32]
) -> float:
    """Return the loss of the new head alone, with batch statistics as in training."""
    found = outputs.channels_from_count(model.output.shape[-1]).index("boundary")
    names = outputs.batch_targets()
    predicted = np.asarray(model(images, training=True))[..., found, np.newaxis]
    loss = losses.HEAD_LOSSES["boundary"](
        truth[..., names.index("boundary"), np.newaxis],
        predicted,
        truth[..., names.index(outputs.WEIGHT)],
    )
    return float(loss)


@pytest.mark.parametrize("output_stride", [1, 2])
def test_a_new_head_is_built_in_the_order_of_its_channels(
    boundary: outputs.Head, output_stride: int
) -> None:
    network = replace(TINY, output_stride=output_stride)
    names = outputs.network_channels(network)
    assert names == ("foreground", "distance", "boundary", "offset_y", "offset_x")
    assert build_unet(network).output.shape[-1] == len(names)


def test_a_new_head_is_sampled_and_trained(
    boundary: outputs.Head, sample: Sample
) -> None:
    config = TrainConfig(batch=2, patch_size=64, learning_rate=0.01, model=TINY)
    keras.utils.set_random_seed(0)
    model = build_unet(TINY)
    images, truth = sample_batch(
        [build_pyramid(sample)], np.ones(1), config, np.random.default_rng(0)
    )
    names = outputs.batch_targets()
    assert truth.shape[-1] == len(names)
    assert set(np.unique(truth[..., names.index("boundary")])) == {0, 1}
    before = boundary_loss(model, images, truth)
    compile_model(model, config)
    for _ in range(8):
        model.train_on_batch(images, truth)
    assert boundary_loss(model, images, truth) < 0.9 * before


def test_a_new_head_reaches_validation_patches_cards_and_maps(
    boundary: outputs.Head, sample: Sample
) -> None:
    config = TrainConfig(patch_size=64, diameter=20)
    _, truth = build_validation_patches([build_pyramid(sample, levels=1)], config)
    names = outputs.batch_targets()
    assert truth.shape[-1] == len(names)
    assert truth[..., names.index("boundary")].any()
    channels = outputs.network_channels(TINY)
    card = ModelCard("new", channels=channels)
    assert ModelCard.from_dict(card.as_dict()).channels == channels
    planes = np.arange(5, dtype=np.float32)[:, np.newaxis, np.newaxis] * np.ones((4, 6))
    maps = OutputMaps(planes.astype(np.float32), (4, 6), 1.0, channels)
    assert (maps.channel("boundary") == channels.index("boundary")).all()
    assert np.shares_memory(maps.channel("boundary"), maps.channels)


def test_a_head_without_a_target_or_a_loss_is_named(
    monkeypatch: pytest.MonkeyPatch, sample: Sample
) -> None:
    head = outputs.Head("boundary", ("boundary",))
    monkeypatch.setattr(outputs, "HEADS", (*outputs.HEADS, head))
    with pytest.raises(KeyError, match="boundary"):
        build_pyramid(sample)


CHANNEL_ARRAYS = {
    "answer",
    "batch",
    "channels",
    "drawn",
    "output",
    "outputs",
    "predicted",
    "target",
    "targets",
    "truth",
    "wanted",
    "y_pred",
    "y_true",
}
"""Names of arrays, and of attributes, whose last or first axis is channels."""


def numbered_channels(path: Path) -> list[str]:
    """Return where a module selects a channel of such an array by a bare number."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Subscript):
            continue
        name = getattr(node.value, "id", None) or getattr(node.value, "attr", None)
        index = node.slice
        if (
            isinstance(index, ast.Tuple)
            and index.elts
            and isinstance(index.elts[0], ast.Constant)
        ):
            of_last_axis = index.elts[0].value is Ellipsis
            index = index.elts[-1] if of_last_axis else index
        elif name != "channels":
            continue
        parts = [index]
        if isinstance(index, ast.Slice):
            parts = [index.lower, index.upper]
        elif isinstance(index, ast.List):
            parts = list(index.elts)
        numbers = [
            p for p in parts if isinstance(p, ast.Constant) and type(p.value) is int
        ]
        if name in CHANNEL_ARRAYS and numbers:
            found.append(f"{path.name}:{node.lineno} {ast.unparse(node)}")
    return found


def test_no_module_selects_a_channel_by_its_number() -> None:
    root = Path(napari_nuclei.__file__).parent
    modules = [p for p in root.rglob("*.py") if p.name != "outputs.py"]
    assert len(modules) > 100
    assert [line for path in modules for line in numbered_channels(path)] == []


@pytest.mark.parametrize(
    "code",
    ["y_true[..., 0]", "maps.channels[2:]", "target[..., 1:3]", "truth[..., [0, 1]]"],
)
def test_a_channel_by_its_number_is_recognised(code: str, tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(code, encoding="utf-8")
    assert numbered_channels(path)
