"""What is known about a model: the card that lies in its folder."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from napari_nuclei.config.outputs import FIRST_CHANNELS, REQUIRED_CHANNELS

FORMAT = 1
"""Version of the card's format."""

THRESHOLD_FIELDS = ("probability", "splitting", "min_size", "min_score")
"""Fields of a card that are chosen on validation images."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model's card.

    Attributes
    ----------
    name : str
    version : str
    description : str
        What the model is for, in a sentence.
    channels : tuple of str
        What the network's outputs are: foreground, and distance if there is one.
    inputs : int
        Channels the network takes, 3 or 1.
    patch_size : int
        Side of the patches it was trained on, in pixels.
    any_size : bool
        Whether tiles of other sizes can be given to it.
    diameter : float
        Diameter of nuclei it works best for, in pixels.
    usual_diameter : float, optional
        Of nuclei in the images that the model is for, in pixels, where their size is
        measured better if it is known; other sizes are then less likely.
    probability, splitting, min_size, min_score : float
        Defaults of `SegmentConfig`, chosen on validation images; `min_size` in pixels
        at the model's scale.
    licence : str
    training : dict
        Data, settings, versions and time of its training.
    metrics : dict
        Figures on validation images.
    sha256 : dict
        Hash of each file of the model.
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
    min_score: float = 0.0
    licence: str = ""
    training: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise ValueError(f"name of a card must be text; got {self.name!r}")
        sizes = ["diameter"] + ["usual_diameter"] * (self.usual_diameter is not None)
        for name in (*sizes, *THRESHOLD_FIELDS, "patch_size"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"{name} of a card must be a number; got {value!r}")
        if self.channels[: len(FIRST_CHANNELS)] != FIRST_CHANNELS:
            raise ValueError(
                f"channels of a card must begin with {', '.join(FIRST_CHANNELS)}; "
                f"got {self.channels}"
            )
        if self.inputs not in (1, 3):
            raise ValueError(f"inputs of a card must be 1 or 3; got {self.inputs}")
        if self.patch_size < 1:
            raise ValueError(
                f"patch_size of a card must be at least 1; got {self.patch_size}"
            )
        for name in sizes:
            if not getattr(self, name) > 0:
                raise ValueError(
                    f"{name} of a card must be above 0; got {getattr(self, name)}"
                )

    def with_thresholds(self, source: Any) -> ModelCard:
        """Return the card with the thresholds of another, or of what has the same."""
        return replace(
            self, **{name: getattr(source, name) for name in THRESHOLD_FIELDS}
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the card as plain values for a JSON file."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ModelCard:
        """Make a card from the values of a JSON file.

        Raises
        ------
        ValueError
            If the format is newer, the name is missing or a value is not allowed.
        """
        if not isinstance(values, dict) or "name" not in values:
            raise ValueError("a card must name its model")
        if not isinstance(values.get("format", FORMAT), int):
            raise ValueError(f"format of a card must be {FORMAT} or less")
        if values.get("format", FORMAT) > FORMAT:
            raise ValueError(
                f"the card has format {values['format']}, newer than {FORMAT}; update "
                "napari-nuclei"
            )
        known = {item.name for item in fields(cls)}
        kept = {key: value for key, value in values.items() if key in known}
        if "channels" in kept:
            kept["channels"] = tuple(kept["channels"])
        return cls(**kept)
