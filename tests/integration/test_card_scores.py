"""The scores in the model cards, measured again on the validation images.

Run with ``pytest -m dsb2018``. NAPARI_NUCLEI_DSB2018 names the folder of the data set,
with stage1_train.zip and val_ids.txt.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from napari_nuclei.data.datasets import read_dataset
from napari_nuclei.data.image_lists import read_ids
from napari_nuclei.evaluation.evaluate import evaluate
from napari_nuclei.model.store import list_models

DEFAULT_FOLDER = Path(__file__).parents[3] / "shared" / "data" / "dsb2018"
DATA = Path(os.environ.get("NAPARI_NUCLEI_DSB2018", DEFAULT_FOLDER))

pytestmark = [
    pytest.mark.dsb2018,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"there is no folder {DATA}"),
]


@pytest.mark.parametrize("name", [x.name for x in list_models() if x.bundled])
def test_a_card_states_the_scores_of_its_model(name: str) -> None:
    (entry,) = (x for x in list_models() if x.name == name and x.bundled)
    samples = read_dataset(
        DATA / "stage1_train.zip", ids=read_ids(DATA / "val_ids.txt")
    )
    found = evaluate(samples, model=entry.folder).summary()
    stated = entry.card.metrics
    for kind in ("pooled", "mean"):
        assert found[kind] == pytest.approx(stated[kind], abs=0.005)
