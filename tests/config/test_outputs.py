from __future__ import annotations

import json

import pytest

from napari_nuclei.config import ModelConfig, outputs
from napari_nuclei.core.targets import IMAGE_TARGETS, PATCH_TARGETS
from napari_nuclei.model.losses import HEAD_LOSSES
from napari_nuclei.model.store import BUNDLED


@pytest.mark.parametrize("name", ["nuclei", "nuclei-fast"])
def test_the_channels_of_the_bundled_models_have_these_names(name: str) -> None:
    card = json.loads((BUNDLED / name / "card.json").read_text(encoding="utf-8"))
    assert tuple(card["channels"]) == outputs.network_channels(ModelConfig())


@pytest.mark.parametrize("offsets", [False, True])
@pytest.mark.parametrize("branch", [False, True])
def test_every_network_is_recognised_by_its_number_of_channels(
    offsets: bool, branch: bool
) -> None:
    config = ModelConfig(offsets=offsets, offset_branch=branch)
    names = outputs.network_channels(config)
    assert outputs.channels_from_count(len(names)) == names
    assert names in outputs.trainable_channels()
    own = outputs.branch_channels(config)
    assert own == (outputs.OFFSETS if offsets and branch else ())


@pytest.mark.parametrize("count", [0, 1, 7])
def test_an_impossible_number_of_channels_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match=f"{count} output channels cannot be trained"):
        outputs.channels_from_count(count)


def test_targets_are_in_a_fixed_order() -> None:
    assert outputs.image_targets(annotated=True) == (
        "foreground",
        "distance",
        "border",
        "annotated",
    )
    assert outputs.image_targets(annotated=False)[-1] == "border"
    assert outputs.patch_targets()[-2:] == outputs.OFFSETS
    assert outputs.batch_targets() == (
        "foreground",
        "distance",
        "weight",
        "offset_y",
        "offset_x",
    )


def test_every_head_has_a_target_and_a_loss() -> None:
    for head in outputs.HEADS:
        assert head.name in HEAD_LOSSES
        if head.per_patch:
            assert head.name in PATCH_TARGETS
        else:
            assert set(head.channels) <= set(IMAGE_TARGETS)


def test_a_missing_channel_is_named_in_the_error() -> None:
    with pytest.raises(KeyError, match="no channel depth"):
        outputs.channel_index(("foreground",), "depth")
    with pytest.raises(KeyError, match="are not adjacent"):
        outputs.channel_slice(("offset_y", "foreground", "offset_x"), outputs.OFFSETS)
