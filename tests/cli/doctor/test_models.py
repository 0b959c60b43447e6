from __future__ import annotations

import shutil
from pathlib import Path

from napari_nuclei.cli.doctor.models import check_models, describe_folders
from napari_nuclei.model.store import BUNDLED


def test_every_model_is_loaded(own_models: Path) -> None:
    for name in ("good", "damaged", "empty"):
        shutil.copytree(BUNDLED / "nuclei-fast", own_models / name)
    network = own_models / "damaged" / "model.tflite"
    network.write_bytes(network.read_bytes()[:-1] + b"?")
    (own_models / "empty" / "card.json").write_text("{}", encoding="utf-8")
    checks = {check.line.split()[0].strip(":"): check for check in check_models()}
    assert checks["nuclei"].ok and checks["nuclei"].bundled
    assert checks["good"].ok and not checks["good"].bundled
    assert not checks["damaged"].ok and "is damaged" in checks["damaged"].line
    assert not checks["empty"].ok and "must name its model" in checks["empty"].line
    hashes = [checks[name].line[-12:] for name in ("good", "nuclei-fast")]
    assert hashes[0] == hashes[1]
    assert str(own_models) in "".join(describe_folders())
