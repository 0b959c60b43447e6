"""Record corrections, so that they can be replayed and counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_nuclei.core.correct.edit import Edit, Labels
from napari_nuclei.core.correct.runs import Runs, decode_runs, encode_runs

if TYPE_CHECKING:
    import pandas as pd

ACCEPT = "accept"
"""Kind of an entry that marks nuclei as right; it changes no pixel."""

UNDO = "undo"
"""Kind of an edit that takes another one back."""

ALL = "all"
"""Row of a summary for all kinds together."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction.

    Attributes
    ----------
    kind : str
        Name of the operation, such as "delete", or "accept".
    when : str
        Date and time in UTC, in ISO 8601.
    touched : tuple of int
        Nuclei that existed before and were changed, or accepted.
    new : tuple of int
        Nuclei that were created.
    point : tuple of float, optional
        Where the user clicked, in pixels of the labels array.
    arguments : dict of str to number, str, or list of these
        Arguments of the operation, such as the corners of a line.
    region : tuple of (int, int)
        First index and end along each axis of the window that changed; empty for
        accepted nuclei.
    runs : list of [start, length, before, after]
        Changed pixels of the window, in C order: runs of pixels with one label before
        and one afterwards.
    """

    kind: str
    when: str
    touched: tuple[int, ...] = ()
    new: tuple[int, ...] = ()
    point: tuple[float, ...] | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    region: tuple[tuple[int, int], ...] = ()
    runs: Runs = field(default_factory=list)

    def edit(self, labels: Labels) -> Edit | None:
        """Return the edit of a labels array; None for accepted nuclei.

        Raises
        ------
        ValueError
            If the pixels are not labelled as they were before the correction.
        """
        if not self.region:
            return None
        region = tuple(slice(*side) for side in self.region)
        inside = all(
            stop <= size
            for (_, stop), size in zip(self.region, labels.shape, strict=True)
        )
        window = labels[region]
        after = decode_runs(self.runs, window) if inside else None
        if after is None:
            raise ValueError(
                f"The correction {self.kind!r} of {self.when} does not fit these "
                "labels; replay it on the labels that were corrected"
            )
        return Edit(
            region=region,
            before=window.copy(),
            after=after,
            touched=self.touched,
            new=self.new,
            kind=self.kind,
        )


@dataclass(slots=True)
class CorrectionLog:
    """List corrections of one labels array, in order.

    Attributes
    ----------
    shape : tuple of int
        Shape of the labels array.
    corrections : list of Correction

    Examples
    --------
    >>> from napari_nuclei.core.correct.delete import delete
    >>> labels = np.array([[1, 1, 0, 2]])
    >>> log = CorrectionLog(labels.shape)
    >>> edit = delete(labels, 2)
    >>> _ = log.add(edit, point=(0, 3))
    >>> replay(labels, log).tolist()
    [[1, 1, 0, 0]]
    """

    shape: tuple[int, ...]
    corrections: list[Correction] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.corrections)

    def __iter__(self) -> Iterator[Correction]:
        return iter(self.corrections)

    def add(
        self,
        edit: Edit,
        *,
        point: Sequence[float] | None = None,
        when: datetime | None = None,
        **arguments: Any,
    ) -> Correction:
        """Append an edit that was made.

        An undone edit is appended as ``edit.inverse()``.

        Parameters
        ----------
        edit : Edit
        point : sequence of float, optional
            Where the user clicked, in pixels of the labels array.
        when : datetime, optional
            With a time zone; now by default.
        **arguments
            Arguments of the operation: numbers, texts, or sequences of these.

        Returns
        -------
        Correction
            The new entry.
        """
        correction = Correction(
            kind=edit.kind,
            when=time_text(when),
            touched=edit.touched,
            new=edit.new,
            point=None if point is None else tuple(float(x) for x in point),
            arguments={name: plain(value) for name, value in arguments.items()},
            region=tuple((int(side.start), int(side.stop)) for side in edit.region),
            runs=encode_runs(edit),
        )
        self.corrections.append(correction)
        return correction

    def accept(
        self,
        numbers: Sequence[int],
        *,
        point: Sequence[float] | None = None,
        when: datetime | None = None,
    ) -> Correction:
        """Append that nuclei were marked as right."""
        correction = Correction(
            ACCEPT,
            time_text(when),
            tuple(int(number) for number in numbers),
            point=None if point is None else tuple(float(x) for x in point),
        )
        self.corrections.append(correction)
        return correction

    def effective(self) -> list[Correction]:
        """Return the corrections that were not undone."""
        found: list[Correction] = []
        for correction in self.corrections:
            if correction.kind != UNDO:
                found.append(correction)
                continue
            for index in range(len(found) - 1, -1, -1):
                if found[index].region == correction.region:
                    del found[index]
                    break
        return found

    def summary(self, labels: Labels) -> pd.DataFrame:
        """Return the fraction of nuclei that had to be corrected, by kind.

        Parameters
        ----------
        labels : ndarray of int
            Labels before the corrections.

        Returns
        -------
        DataFrame
            One row per kind and one for all kinds together (without accepted nuclei).
            Columns: `corrections`, `nuclei` (how many of the nuclei of `labels` were
            touched; of the kind "add", how many were added) and `share` (of the number
            of nuclei of `labels`).
        """
        import pandas as pd

        first = set(np.unique(labels).tolist()) - {0}
        touched: dict[str, set[int]] = {}
        counts: dict[str, int] = {}
        for correction in self.effective():
            numbers = set(correction.touched) & first
            if correction.kind == "add":
                numbers = set(correction.new)
            touched.setdefault(correction.kind, set()).update(numbers)
            counts[correction.kind] = counts.get(correction.kind, 0) + 1
        changes = [kind for kind in touched if kind != ACCEPT]
        touched[ALL] = set().union(*(touched[kind] for kind in changes))
        counts[ALL] = sum(counts[kind] for kind in changes)
        order = [*sorted(changes), *([ACCEPT] if ACCEPT in counts else []), ALL]
        nuclei = [len(touched[kind]) for kind in order]
        return pd.DataFrame(
            {
                "corrections": [counts[kind] for kind in order],
                "nuclei": nuclei,
                "share": [number / max(len(first), 1) for number in nuclei],
            },
            index=pd.Index(order, name="kind"),
        )


def replay(labels: Labels, log: CorrectionLog) -> Labels:
    """Return labels after the corrections of a log.

    Parameters
    ----------
    labels : ndarray of int
        Labels before the corrections; not modified.
    log : CorrectionLog

    Raises
    ------
    ValueError
        If the log was recorded on other labels.
    """
    if tuple(labels.shape) != tuple(log.shape):
        raise ValueError(
            f"The corrections belong to labels of shape {tuple(log.shape)}; got "
            f"{tuple(labels.shape)}"
        )
    corrected = np.array(labels)
    for correction in log:
        edit = correction.edit(corrected)
        if edit is not None:
            edit.apply(corrected)
    return corrected


def time_text(when: datetime | None) -> str:
    """Return a time in UTC as text in ISO 8601; now by default."""
    moment = datetime.now(UTC) if when is None else when.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds")


def plain(value: Any) -> Any:
    """Return a value with lists and Python's own numbers, as JSON holds them."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
