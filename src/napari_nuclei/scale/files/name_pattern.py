"""Patterns of file names, such as ``{well}_s{field}_w{channel}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from napari_nuclei.core.plates.plate_position import (
    PlatePosition,
    name_well,
    split_well,
)
from napari_nuclei.io.readers import image_suffixes

ROW = "(?:[A-P]|A[A-F])"
COLUMN = "(?:0?[1-9]|[1-3][0-9]|4[0-8])"

PLACEHOLDERS = {
    "well": f"{ROW}(?: ?- ?)?{COLUMN}",
    "row": f"{ROW}|0?[1-9]|[12][0-9]|3[0-2]",
    "column": COLUMN,
    "field": "[0-9]+(?:-[0-9]+)?",
    "channel": "[0-9]+|[A-Za-z][A-Za-z0-9 .+-]*",
    "z": "[0-9]+",
    "t": "[0-9]+|[0-9]+y[0-9]+m[0-9]+d_[0-9]+h[0-9]+m|[0-9]+d[0-9]+h[0-9]+m",
    "name": ".+?",
    "row0": "[0-9]+",
    "column0": "[0-9]+",
    "field_x": "[0-9]+",
    "field_y": "[0-9]+",
}
"""What each placeholder stands for, as a regular expression."""

IGNORED = {
    "*": ".*?",
    "guid": "(?:[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12})?",
}
"""Text that may differ between the files of one image, as regular expressions."""

JOINED = ("t", "z", "channel")
"""Placeholders whose files are joined to one image, in the order of its axes."""

PAIRS = (("row", "column"), ("row0", "column0"), ("field_x", "field_y"))
"""Placeholders that state something together. With 0, they count from 0."""

WORDS = ("well", "field", "channel", "z", "t")
"""Placeholders that are listed in messages, in this order."""

CHANNEL_PREFIX = "channel_"
"""Beginning of the name of a channel that is a number alone."""

PART = re.compile(r"\{([^{}]*)\}|([*])|([^{}*]+)|([{}])")


@dataclass(frozen=True, slots=True)
class NamedFile:
    """What the name of a file says.

    Attributes
    ----------
    values : dict of str to str
        Text of each placeholder.
    position : PlatePosition, optional
        None if the name states no well.
    stem : str
        The name without what differs between the files of one image.
    channel_name : str
        Such as "w1", "DAPI" or "channel_488"; empty without a channel.
    """

    values: Mapping[str, str]
    position: PlatePosition | None
    stem: str
    channel_name: str

    def describe(self) -> str:
        """Return what the name says in words."""
        parts = [] if self.position is None else [self.position.describe()]
        if self.position is None and self.values.get("field"):
            parts.append(f"field {int_text(self.values['field'])}")
        if self.channel_name:
            name = self.channel_name.removeprefix(CHANNEL_PREFIX)
            parts.append(f"channel {name}")
        parts += [
            f"{key} {int_text(self.values[key])}" for key in "zt" if key in self.values
        ]
        return ", ".join(parts)


@dataclass(frozen=True)
class NamePattern:
    """A pattern of file names.

    Attributes
    ----------
    text : str
        File names without suffix. Placeholders: ``{well}`` (A01), ``{row}`` and
        ``{column}``, ``{field}``, ``{channel}``, ``{z}``, ``{t}``, ``{name}`` for any
        other text, and ``*`` for text that is ignored.

    Raises
    ------
    ValueError
        If a placeholder is unknown, appears twice, or there is none.
    """

    text: str

    def __post_init__(self) -> None:
        """Check the placeholders."""
        names = [name for kind, name in self.parts if kind == "placeholder"]
        for name in names:
            if name not in PLACEHOLDERS:
                nearest = get_close_matches(name.lower(), PLACEHOLDERS, 1, 0.5)
                listed = ", ".join(f"{{{placeholder}}}" for placeholder in PLACEHOLDERS)
                hint = (
                    f"did you mean {{{nearest[0]}}}?"
                    if nearest
                    else f"choose from {listed}"
                )
                raise ValueError(f"There is no placeholder {{{name}}}; {hint}")
            if names.count(name) > 1:
                raise ValueError(f"The placeholder {{{name}}} appears twice in {self}")
        if not names:
            raise ValueError(
                "A pattern of names needs a placeholder, as in "
                f"{{well}}_s{{field}}_w{{channel}}; got {self.text!r}"
            )
        for row, column in PAIRS:
            if (row in names) != (column in names):
                raise ValueError(f"{self} needs both {{{row}}} and {{{column}}}")

    def __str__(self) -> str:
        return self.text

    @cached_property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """The placeholders, stars and literal texts, each with its kind.

        Raises
        ------
        ValueError
            If a brace is unmatched.
        """
        text, parts = self.text, []
        for suffix in image_suffixes():
            text = text.removesuffix(suffix)
        for name, star, literal, brace in PART.findall(text.removesuffix(".ome")):
            if brace:
                raise ValueError(f"The pattern {self.text} has an unmatched brace")
            if star or name in IGNORED:
                parts.append(("ignored", star or name))
            elif literal:
                parts.append(("literal", literal))
            else:
                parts.append(("placeholder", name))
        return tuple(parts)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """What the names say: well, field, channel, z, t."""
        names = {name for kind, name in self.parts if kind == "placeholder"}
        names |= {"well"} if names & {"row", "row0"} else set()
        names |= {"field"} if "field_x" in names else set()
        return tuple(word for word in WORDS if word in names)

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """The regular expression of the names."""
        text = ""
        for number, (kind, value) in enumerate(self.parts):
            if kind == "placeholder":
                text += f"(?P<{value}>{PLACEHOLDERS[value]})"
            else:
                inner = IGNORED[value] if kind == "ignored" else re.escape(value)
                text += f"(?P<part{number}>{inner})"
        return re.compile(text, re.IGNORECASE)

    def match(self, name: str) -> NamedFile | None:
        """Return what the name of a file says; None if it does not fit.

        Examples
        --------
        >>> found = NamePattern("{well}_s{field}_w{channel}").match("A01_s1_w2.tif")
        >>> found.describe(), found.stem
        ('well A01, field 1, channel w2', 'A01_s1')
        """
        stem = name.rpartition(".")[0] or name
        if stem.lower().endswith(".ome"):
            stem = stem[:-4]
        match = self.expression.fullmatch(stem)
        if match is None:
            return None
        values = {
            key: value
            for key, value in match.groupdict().items()
            if not key.startswith("part")
        }
        return NamedFile(
            values,
            self._position(values),
            self._stem(match) or stem,
            self._channel_name(match),
        )

    def _position(self, values: Mapping[str, str]) -> PlatePosition | None:
        field = int_text(values.get("field", ""))
        if "field_x" in values:
            field = f"{int(values['field_x'])}-{int(values['field_y'])}"
        if "well" in values:
            row, column = split_well(values["well"])
        elif "row" in values:
            row, column = values["row"], int(values["column"])
        elif "row0" in values:
            row, column = str(int(values["row0"]) + 1), int(values["column0"]) + 1
        else:
            return None
        return PlatePosition(name_well(row, column), field)

    def _stem(self, match: re.Match[str]) -> str:
        """Return the name without what differs, and without the texts before that."""
        kept: list[str] = []
        for number, (kind, value) in enumerate(self.parts):
            joined = kind == "placeholder" and value in JOINED
            if kind == "ignored" or joined:
                if kept and number and self.parts[number - 1][0] == "literal":
                    kept.pop()
            else:
                kept.append(match[value if kind == "placeholder" else f"part{number}"])
        return "".join(kept).strip(" _-.(")

    def _channel_name(self, match: re.Match[str]) -> str:
        if "channel" not in self.words:
            return ""
        channel = match["channel"]
        if not channel.isdecimal():
            return channel.strip()
        number = self.parts.index(("placeholder", "channel"))
        kind, literal = self.parts[number - 1] if number else ("", "")
        letters = re.search("[A-Za-z]+$", literal) if kind == "literal" else None
        return (letters[0] if letters else CHANNEL_PREFIX) + channel


def int_text(text: str) -> str:
    """Return a whole number without leading zeros; other text as it is.

    Examples
    --------
    >>> int_text("007"), int_text("0-1")
    ('7', '0-1')
    """
    return str(int(text)) if text.isdecimal() else text
