"""Detect damaged files of models by the hashes on their model cards."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from napari_nuclei.core.card import ModelCard

LOGGER = logging.getLogger("napari_nuclei")


def file_hash(path: Path) -> str:
    """Return the SHA-256 hash of a file as hexadecimal text."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check_hash(path: Path, card: ModelCard, digest: str) -> None:
    """Raise ValueError if the hash of a file of a model differs from its card.

    Cards of earlier versions have no hashes, which is logged.
    """
    stated = card.sha256.get(path.name)
    if stated is None:
        LOGGER.warning(
            "%s has no hash on its model card, so damage cannot be detected. "
            "Export and import the model again",
            path,
        )
    elif stated != digest:
        raise ValueError(
            f"{path} is damaged: its hash differs from the model card. Import or train "
            "the model again"
        )
