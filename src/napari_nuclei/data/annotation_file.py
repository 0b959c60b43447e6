"""Annotations in a file, so that none is lost and a later training can use them."""

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
from napari_nuclei.io.atomic import write_atomic


def write_annotations(
    path: Path, samples: Sequence[Sample], validation: Sequence[Sample]
) -> None:
    """Write samples, compressed; a crash never leaves half a file.

    Parameters
    ----------
    path : Path
    samples, validation : sequence of Sample
        Those that were learnt from, and those held out.
    """
    arrays: dict[str, NDArray[Any]] = {}
    rows: list[dict[str, Any]] = []
    # The parts of a divided image share its pixels, which are written once.
    images: list[NDArray[Any]] = []
    for part, some in (("kept", samples), ("held out", validation)):
        for sample in some:
            place = next((i for i, x in enumerate(images) if x is sample.image), None)
            if place is None:
                place = len(images)
                images.append(sample.image)
                arrays[f"image{place}"] = sample.image
            number = len(rows)
            arrays[f"labels{number}"] = sample.labels
            if sample.annotated is not None:
                arrays[f"known{number}"] = sample.annotated
            rows.append({"name": sample.name, "part": part, "image": place})
    arrays["samples"] = np.array(json.dumps(rows))
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, **arrays)
    write_atomic(path, content.getvalue())


def read_annotations(path: Path | str) -> tuple[list[Sample], list[Sample]]:
    """Read what `write_annotations` wrote.

    Returns
    -------
    samples, validation : list of Sample

    Raises
    ------
    OSError
        If there is no such file.
    ValueError
        If it is another kind of file.
    """
    parts: dict[str, list[Sample]] = {"kept": [], "held out": []}
    try:
        with np.load(path) as file:
            rows = json.loads(str(file["samples"]))
            images = {row["image"]: file[f"image{row['image']}"] for row in rows}
            for number, row in enumerate(rows):
                key = f"known{number}"
                sample = Sample(
                    row["name"],
                    images[row["image"]],
                    file[f"labels{number}"],
                    file[key] if key in file.files else None,
                )
                parts[row["part"]].append(sample)
    except (EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} holds no annotations ({error})") from error
    return parts["kept"], parts["held out"]
