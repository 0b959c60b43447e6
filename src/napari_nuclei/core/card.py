"""The model card: what a model is for, its thresholds and its training."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from napari_nuclei.config.fields import named_settings, update_names
from napari_nuclei.config.outputs import FIRST_CHANNELS, REQUIRED_CHANNELS
from napari_nuclei.core.confidence import ConfidenceCurve

FORMAT = 2
"""Version of the model card's format. In format 1, `min_confidence` was `min_score`."""

MAX_DEPTH = 32
"""Largest depth of lists and dictionaries in a model card."""

MAX_NUMBER = 1e9
"""Largest number in the fields of a model card."""

MAX_TEXT_LENGTH = 10_000
"""Largest number of characters of a text in a model card."""

MAX_CHANNELS = 64
"""Largest number of output channels."""

MAX_PATCH_SIZE = 4096
"""Largest side of the training patches, in pixels."""

TEXT_FIELDS = ("name", "version", "description", "licence")
"""Fields of a model card that are text."""

THRESHOLD_FIELDS = ("probability", "splitting", "min_size", "min_confidence")
"""Fields of a model card that are chosen on validation images."""

GREY, COLOUR = "grey", "colour"
"""Kinds of images with a confidence curve of their own."""


@named_settings
@dataclass(frozen=True, slots=True)
class ModelCard:
    """Describe a model.

    Attributes
    ----------
    name : str
        Name of the model.
    version : str
        Version of the model.
    description : str
        What the model is for, in one sentence.
    channels : tuple of str
        Names of the network's output channels, in order; see `config.outputs`.
    inputs : int
        Number of input channels, 3 or 1.
    patch_size : int
        Side of the training patches, in pixels.
    any_size : bool
        Whether the network also accepts tiles of other sizes.
    diameter : float
        Typical diameter of nuclei at the network's scale, in pixels.
    usual_diameter : float, optional
        Typical diameter of nuclei in the images that the model is for, in pixels. If
        given, a measured diameter far from it gets a lower weight.
    probability, splitting, min_size, min_confidence : float
        Defaults of `SegmentConfig`, chosen on validation images; `min_size` is in
        pixels at the network's scale.
    confidence : dict of str to ConfidenceCurve
        Calibration of the confidence for images of the kinds grey and colour. A kind
        without a curve has the mean foreground probability as confidence.
    noise_confidence : float, optional
        Upper limit, 0 to 1, of the mean foreground probability of nuclei that the model
        finds in images of pure noise; None if it was not measured.
    licence : str
        Licence of the model.
    training : dict
        Data, settings, versions and duration of the training.
    metrics : dict
        Scores on validation images.
    sha256 : dict
        SHA-256 hash of each file of the model, by file name.
    """

    name: str
    version: str = "1"
    description: str = ""
    channels: tuple[str, ...] = REQUIRED_CHANNELS
    inputs: int = 3
    patch_size: int = 128
    any_size: bool = True
    diameter: float = 20.0
    usual_diameter: float | None = None
    probability: float = 0.5
    splitting: float = 0.5
    min_size: float = 12.0
    min_confidence: float = 0.0
    confidence: dict[str, ConfidenceCurve] = field(default_factory=dict)
    noise_confidence: float | None = None
    licence: str = ""
    training: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        sizes = ["diameter"] + ["usual_diameter"] * (self.usual_diameter is not None)
        noise = ["noise_confidence"] * (self.noise_confidence is not None)
        for name in (*sizes, *THRESHOLD_FIELDS, *noise, "patch_size"):
            check_number(name, getattr(self, name))
        for name in TEXT_FIELDS:
            check_text(name, getattr(self, name))
        for name in ("training", "metrics", "sha256"):
            if not isinstance(getattr(self, name), dict):
                raise ValueError(f"{name} of a model card must be an object {{...}}")
        if not all(isinstance(value, str) for value in self.sha256.values()):
            raise ValueError("sha256 of a model card must hold text only")
        for name, score in as_dict(self.metrics.get("pooled")).items():
            if score is not None:
                check_number(name, score, finite=False)
        if not isinstance(self.any_size, bool):
            raise ValueError(
                f"any_size of a model card must be true or false; got {self.any_size!r}"
            )
        check_channels(self.channels)
        for kind in self.confidence:
            if kind not in (GREY, COLOUR):
                raise ValueError(
                    f"confidence of a model card must be for {GREY} or {COLOUR}; "
                    f"got {kind!r:.60}"
                )
        if isinstance(self.inputs, bool) or self.inputs not in (1, 3):
            raise ValueError(
                f"inputs of a model card must be 1 or 3; got {self.inputs!r:.60}"
            )
        if self.patch_size != int(self.patch_size) or not (
            1 <= self.patch_size <= MAX_PATCH_SIZE
        ):
            raise ValueError(
                "patch_size of a model card must be a whole number, at least 1 and at "
                f"most {MAX_PATCH_SIZE}; got {self.patch_size}"
            )
        for name in sizes:
            if not getattr(self, name) > 0:
                raise ValueError(
                    f"{name} of a model card must be above 0; got {getattr(self, name)}"
                )

    def with_thresholds(self, source: Any) -> ModelCard:
        """Return the card with the fields `THRESHOLD_FIELDS` of another object."""
        return replace(
            self, **{name: getattr(source, name) for name in THRESHOLD_FIELDS}
        )

    def curve(self, colours: bool) -> ConfidenceCurve | None:
        """Return the confidence curve for planes with or without colours."""
        return self.confidence.get(COLOUR if colours else GREY)

    def as_dict(self) -> dict[str, Any]:
        """Return the card as a dictionary for a JSON file."""
        values = {"format": FORMAT, **asdict(self)}
        if not self.confidence:  # as cards of earlier versions
            del values["confidence"]
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ModelCard:
        """Return a card from the content of a JSON file; ignore unknown keys.

        Keys of earlier formats are read under their current names.

        Raises
        ------
        ValueError
            If the format is newer, the name is missing, or a value is not allowed.
        """
        if not isinstance(values, dict) or "name" not in values:
            raise ValueError("a model card must name its model")
        check_depth(values)
        if not isinstance(values.get("format", FORMAT), int):
            raise ValueError(f"format of a model card must be {FORMAT} or less")
        if values.get("format", FORMAT) > FORMAT:
            raise ValueError(
                f"The model card has format {values['format']}, newer than {FORMAT}; "
                "update napari-nuclei"
            )
        names = {item.name for item in fields(cls)}
        current = update_names(cls, values)
        used = {key: value for key, value in current.items() if key in names}
        if "channels" in used:
            if not isinstance(used["channels"], list | tuple):
                raise ValueError("channels of a model card must be a list of names")
            used["channels"] = tuple(used["channels"])
        if "confidence" in used:
            used["confidence"] = read_curves(used["confidence"])
        return cls(**used)


def read_curves(values: Any) -> dict[str, ConfidenceCurve]:
    """Return the confidence curves of a model card, from the content of a JSON file."""
    names = {item.name for item in fields(ConfidenceCurve)}
    curves = {}
    for kind, curve in as_dict(values, "confidence").items():
        used_values = {
            k: v for k, v in as_dict(curve, "confidence").items() if k in names
        }
        if not {"intercept", "slope"} <= used_values.keys():
            raise ValueError("confidence of a model card needs intercept and slope")
        curves[kind] = ConfidenceCurve(**used_values)
    return curves


def check_number(name: str, value: Any, *, finite: bool = True) -> None:
    """Raise ValueError if a value of a model card is not a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} of a model card must be a number; got {value!r:.60}")
    if finite and not abs(value) <= MAX_NUMBER:
        raise ValueError(f"{name} of a model card must be a usual number")


def check_channels(channels: tuple[Any, ...]) -> None:
    """Raise ValueError if channels of a model card are not names, foreground first."""
    if channels[: len(FIRST_CHANNELS)] != FIRST_CHANNELS:
        raise ValueError(
            "channels of a model card must begin with "
            f"{', '.join(FIRST_CHANNELS)}; got {channels}"
        )
    are_text = all(isinstance(channel, str) for channel in channels)
    if len(channels) > MAX_CHANNELS or not are_text:
        raise ValueError(
            f"channels of a model card must be at most {MAX_CHANNELS} names"
        )


def check_text(name: str, value: Any) -> None:
    """Raise ValueError if a value of a model card is not text of a usual length."""
    if not isinstance(value, str):
        raise ValueError(f"{name} of a model card must be text; got {value!r:.60}")
    if len(value) > MAX_TEXT_LENGTH:
        raise ValueError(
            f"{name} of a model card must have at most {MAX_TEXT_LENGTH} characters; "
            f"got {len(value)}"
        )


def check_depth(values: Any) -> None:
    """Raise ValueError if lists and dictionaries are nested too deeply to be copied."""
    level, depth = [values], 0
    while level:
        if depth > MAX_DEPTH:
            raise ValueError("a model card must not be nested that deeply")
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner += value.values()
            elif isinstance(value, list):
                inner += value
        level, depth = inner, depth + 1


def as_dict(value: Any, name: str = "pooled metrics") -> dict[str, Any]:
    """Return a dictionary of a model card, empty for None; else raise ValueError."""
    if not isinstance(value, dict | None):
        raise ValueError(f"{name} of a model card must be an object {{...}}")
    return value or {}
