"""The model card: what a model is for, its thresholds and its training."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from napari_nuclei.config.outputs import FIRST_CHANNELS, REQUIRED_CHANNELS

FORMAT = 1
"""Version of the model card's format."""

THRESHOLD_FIELDS = ("probability", "splitting", "min_size", "min_score")
"""Fields of a model card that are chosen on validation images."""


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
    probability, splitting, min_size, min_score : float
        Defaults of `SegmentConfig`, chosen on validation images; `min_size` is in
        pixels at the network's scale.
    noise_confidence : float, optional
        Upper limit, 0 to 1, of the confidence of nuclei that the model finds in images
        of pure noise; None if it was not measured.
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
    min_score: float = 0.0
    noise_confidence: float | None = None
    licence: str = ""
    training: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise ValueError(f"name of a model card must be text; got {self.name!r}")
        sizes = ["diameter"] + ["usual_diameter"] * (self.usual_diameter is not None)
        for name in (*sizes, *THRESHOLD_FIELDS, "patch_size"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(
                    f"{name} of a model card must be a number; got {value!r}"
                )
        if self.channels[: len(FIRST_CHANNELS)] != FIRST_CHANNELS:
            raise ValueError(
                "channels of a model card must begin with "
                f"{', '.join(FIRST_CHANNELS)}; got {self.channels}"
            )
        if self.inputs not in (1, 3):
            raise ValueError(
                f"inputs of a model card must be 1 or 3; got {self.inputs}"
            )
        if self.patch_size < 1:
            raise ValueError(
                f"patch_size of a model card must be at least 1; got {self.patch_size}"
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

    def as_dict(self) -> dict[str, Any]:
        """Return the card as a dictionary for a JSON file."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ModelCard:
        """Return a card from the content of a JSON file; ignore unknown keys.

        Raises
        ------
        ValueError
            If the format is newer, the name is missing, or a value is not allowed.
        """
        if not isinstance(values, dict) or "name" not in values:
            raise ValueError("a model card must name its model")
        if not isinstance(values.get("format", FORMAT), int):
            raise ValueError(f"format of a model card must be {FORMAT} or less")
        if values.get("format", FORMAT) > FORMAT:
            raise ValueError(
                f"The model card has format {values['format']}, newer than {FORMAT}; "
                "update napari-nuclei"
            )
        names = {item.name for item in fields(cls)}
        used = {key: value for key, value in values.items() if key in names}
        if "channels" in used:
            used["channels"] = tuple(used["channels"])
        return cls(**used)
