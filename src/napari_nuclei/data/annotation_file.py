"""Write the annotations of a training run to a file that later trainings can read."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.data.datasets import Sample
from napari_nuclei.data.masks import LABELS
from napari_nuclei.io.atomic import write_atomic

PARTS = ("training", "held out")

OLD_PARTS = {"kept": "training"}
"""Names of parts in files of earlier versions."""


def write_annotations(
    path: Path, samples: Sequence[Sample], validation: Sequence[Sample]
) -> None:
    """Write samples to a compressed `.npz` file, atomically.

    Parameters
    ----------
    path : Path
    samples, validation : sequence of Sample
        Training samples and held-out samples.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    arrays: dict[str, NDArray[Any]] = {}
    rows: list[dict[str, Any]] = []
    # The parts of a split image share one array of pixels, which is written once.
    images: list[NDArray[Any]] = []
    for part, group in zip(PARTS, (samples, validation), strict=True):
        for sample in group:
            index = next((i for i, x in enumerate(images) if x is sample.image), None)
            if index is None:
                index = len(images)
                images.append(sample.image)
                arrays[f"image{index}"] = sample.image
            number = len(rows)
            arrays[f"labels{number}"] = sample.labels
            if sample.annotated is not None:
                arrays[f"annotated{number}"] = sample.annotated
            row = {"name": sample.name, "part": part, "image": index}
            rows.append(row | {"mask_kind": sample.mask_kind})
    arrays["samples"] = np.array(json.dumps(rows))
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, **arrays)
    write_atomic(path, content.getvalue())


def read_annotations(path: Path | str) -> tuple[list[Sample], list[Sample]]:
    """Read a file that `write_annotations` wrote, of this or an earlier version.

    Returns
    -------
    samples, validation : list of Sample
        Training samples and held-out samples.

    Raises
    ------
    OSError
        If the file does not exist.
    ValueError
        If the file does not contain annotations.
    """
    parts: dict[str, list[Sample]] = {part: [] for part in PARTS}
    try:
        with np.load(path) as file:
            rows = json.loads(str(file["samples"]))
            images = {row["image"]: file[f"image{row['image']}"] for row in rows}
            for number, row in enumerate(rows):
                # Earlier versions called the mask "known".
                keys = (f"annotated{number}", f"known{number}")
                annotated = next((file[x] for x in keys if x in file.files), None)
                sample = Sample(
                    row["name"],
                    images[row["image"]],
                    file[f"labels{number}"],
                    annotated,
                    row.get("mask_kind", LABELS),
                )
                parts[OLD_PARTS.get(row["part"], row["part"])].append(sample)
    except (EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"{path} does not contain annotations ({error}); choose an "
            "annotations.npz that a training wrote"
        ) from error
    return parts["training"], parts["held out"]
