"""The model that is held between runs."""

from __future__ import annotations

from napari_nuclei.core.card import ModelCard
from napari_nuclei.model.store import write_card
from napari_nuclei.widgets.shared.segmenter_cache import SegmenterCache


def test_a_model_is_loaded_once_until_its_files_change(
    network, own_models, monkeypatch
) -> None:
    import napari_nuclei

    model = own_models / "discs"
    loaded = []
    load = napari_nuclei.load_segmenter
    monkeypatch.setattr(
        napari_nuclei, "load_segmenter", lambda m: loaded.append(m) or load(m)
    )
    segmenter_cache = SegmenterCache()
    first = segmenter_cache.get(model)
    assert segmenter_cache.get(model) is first
    assert len(loaded) == 1
    (model / "model.tflite").write_bytes(b"trained anew")
    write_card(model, ModelCard("discs"))
    assert segmenter_cache.get(model) is not first
    assert len(loaded) == 2
