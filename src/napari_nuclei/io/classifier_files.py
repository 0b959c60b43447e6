"""Files of classifiers of nuclei."""

from __future__ import annotations

import json
import os
from pathlib import Path

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.classify.classifier import Classifier
from napari_nuclei.io.atomic import write_atomic

MAX_BYTES = 10_000_000
"""Size above which a file is not a classifier."""


@suggests_keywords
def write_classifier(classifier: Classifier, path: str | os.PathLike[str]) -> None:
    """Write a classifier to a JSON file.

    Parameters
    ----------
    classifier : Classifier
    path : path-like

    Raises
    ------
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from pathlib import Path
    >>> from napari_nuclei import Classifier
    >>> table = pd.DataFrame({"area": [10, 11, 12, 30, 31, 32]})
    >>> examples = {0: "small", 1: "small", 3: "large", 4: "large"}
    >>> classifier = Classifier.learn(table, examples)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_classifier(classifier, Path(folder) / "sizes.json")
    ...     sorted(one.name for one in Path(folder).iterdir())
    ['sizes.json']
    """
    content = json.dumps(classifier.as_dict(), indent=1)
    write_atomic(Path(path), content.encode())


@suggests_keywords
def read_classifier(path: str | os.PathLike[str]) -> Classifier:
    """Read a classifier from a JSON file, which holds numbers and no code.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    Classifier

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it does not hold a classifier.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from pathlib import Path
    >>> from napari_nuclei import Classifier, write_classifier
    >>> table = pd.DataFrame({"area": [10, 11, 12, 30, 31, 32]})
    >>> examples = {0: "small", 1: "small", 3: "large", 4: "large"}
    >>> classifier = Classifier.learn(table, examples)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_classifier(classifier, Path(folder) / "sizes.json")
    ...     read_classifier(Path(folder) / "sizes.json") == classifier
    True
    """
    path = Path(path)
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path} is too large for a classifier")
    try:
        return Classifier.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, RecursionError):
        raise ValueError(f"{path} is not a classifier file") from None
