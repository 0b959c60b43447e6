"""The settings of training."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from napari_nuclei.config.augment import AugmentConfig
from napari_nuclei.config.fields import check_limits, option
from napari_nuclei.config.model import ModelConfig


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How a network is trained.

    Attributes
    ----------
    steps : int, optional
        Batches in an epoch; None for one look at about every part of the images.
    budget : float, optional
        Seconds after which training ends, whatever the epochs.
    patience : int
        Epochs without a better validation loss after which training stops.
    ema : float
        Momentum of the moving average of the weights that is kept; 0 for none.
    diameter : float, optional
        Typical diameter of the nuclei that the model is for, in pixels; the base
        model's if None, or else the median of the training images'.
    keep : str
        Which epoch's averaged weights a training ends with. The last one's outlines
        may be the truest though an earlier one's probabilities fit better.
    blend : float, optional
        The model gets this share of the weights that were learnt and the rest of those
        that training began with, which keeps more of what these knew (Wortsman et al.,
        "Robust fine-tuning of zero-shot models", 2022,
        https://arxiv.org/abs/2109.01903). None takes more of what was learnt the more
        images there are and the less the base finds (`share_learnt`), and more than
        that where it lowers the loss of what is held out: by a fifth at least, or at
        all if some nuclei of an image are painted, which is then what the model is for.
        It takes less where the model is no better than its base on what is held out and
        worse on all that is annotated: a quarter of that, or a sixteenth.
    encoder : str
        "keep" leaves the encoder as the base has it, and half the time of a step is
        saved: a few images teach the decoder what to look for, but no new features.
    loss : str
        What is minimised of the foreground's area beside its cross entropy; 1 - Dice,
        or the Lovász hinge, which counts the pixels that are most wrong and so makes
        outlines truer.
    gap_weight : float
        Pixels within two pixels of two nuclei weigh 1 more than this in the loss.
    offset_weight : float
        What an error of 8 pixels in the offsets to the centres adds to the loss.
    teacher : str, optional
        A model, by its name or the path of its folder. What it says of a patch is
        learnt along with what is annotated, half and half: a small network learns more
        from a good one's doubts than from outlines alone (Hinton et al., "Distilling
        the knowledge in a neural network", 2015, https://arxiv.org/abs/1503.02531).
    norms : str
        "keep" leaves batch normalisation as the base has it: the few nuclei of a
        quick training tell too little of what is usual.
    unpainted : str
        "unknown" learns and counts nothing where nothing is painted, but for a margin
        around each nucleus.
    """

    epochs: int = option(40, "passes over the training images", ge=1, le=100_000)
    batch: int = option(64, "patches in a batch", ge=1, le=4096)
    steps: int | None = option(None, "batches in an epoch", ge=1)
    budget: float | None = option(
        None,
        "most seconds until the weights are learnt, loading included; the learning "
        "rate falls to its end by then. With a base a fifth is kept for what follows",
        ge=1,
    )
    learning_rate: float = option(1e-3, "highest learning rate", ge=1e-7, le=1)
    weight_decay: float = option(1e-4, "weight decay of AdamW", ge=0, le=1)
    patience: int = option(10, "epochs without gain before training stops", ge=1)
    keep: str = option(
        "best",
        "weights to end with; best: of the lowest validation loss; last: of the end",
        choices=("best", "last"),
    )
    blend: float | None = option(
        1.0,
        "share of what was learnt, the rest is what training began with; by how many "
        "images there are and how much it helps if none is given",
        ge=0,
        le=1,
    )
    ema: float = option(
        0.99, "momentum of averaged weights, 0 for none", ge=0, le=0.9999
    )
    diameter: float | None = option(
        None,
        "diameter of nuclei, in pixels, that the model is for",
        ge=4,
        le=128,
    )
    loss: str = option(
        "dice",
        "loss of the foreground's area, beside cross entropy; lovasz: truer outlines",
        choices=("dice", "lovasz"),
    )
    gap_weight: float = option(
        4.0, "extra weight of pixels where nuclei touch", ge=0, le=100
    )
    offset_weight: float = option(
        1.0,
        "weight of the error of offsets to the centres of nuclei",
        ge=0,
        le=100,
    )
    teacher: str | None = option(
        None, "a model whose answers are learnt beside the annotations"
    )
    sampling: str = option(
        "patches",
        "patches: random patches; resize: whole images shrunk to a patch",
        choices=("patches", "resize"),
    )
    patch_size: int = option(128, "side of a patch in pixels", ge=32, le=1024)
    val_fraction: float = option(
        0.15,
        "share of images held out where no validation set is named",
        ge=0.01,
        le=0.9,
    )
    norms: str = option(
        "learn",
        "batch normalisation; keep: as the base has it",
        choices=("learn", "keep"),
    )
    encoder: str = option(
        "learn",
        "the network's encoder; keep: as the base has it",
        choices=("learn", "keep"),
    )
    unpainted: str = option(
        "background",
        "what is not painted; unknown: only nuclei and a margin around them count",
        choices=("background", "unknown"),
    )
    strategy: str = option(
        "one",
        "one: a single device; mirrored: every GPU takes its share of each batch",
        choices=("one", "mirrored"),
    )
    seed: int = option(0, "seed of every random choice", ge=0)
    figures_every: int = option(5, "epochs between figures of predictions", ge=1)
    tensorboard: bool = option(True, "write TensorBoard logs")
    keep_annotations: bool = option(
        False, "save images and labels with the model, for a later training"
    )
    model: ModelConfig = field(default_factory=ModelConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)

    def __post_init__(self) -> None:
        check_limits(self)
        if self.patch_size % 32:
            raise ValueError(
                f"patch_size must be a multiple of 32; got {self.patch_size}"
            )

    @classmethod
    def fine_tuning(cls, **settings: Any) -> TrainConfig:
        """Return settings for a quick training from a base on a few annotations.

        Small steps, the base's encoder and batch normalisation, and a budget of time;
        by then the learning rate has fallen to its end. It ends between the base's
        weights and those learnt: a few nuclei of one place otherwise wreck what the
        base knew.
        """
        usual: dict[str, Any] = {
            "epochs": 1000,
            "steps": 10,
            "batch": 8,
            "budget": 90.0,
            "learning_rate": 3e-4,
            "patience": 1000,
            "ema": 0.9,
            "blend": None,
            "encoder": "keep",
            "norms": "keep",
            "val_fraction": 0.25,
            "figures_every": 1000,
            "keep_annotations": True,
        }
        return cls(**(usual | settings))

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainConfig:
        """Make a configuration from what `as_dict` gave."""
        model = values["model"] | {"decoder": tuple(values["model"]["decoder"])}
        parts = {
            "model": ModelConfig(**model),
            "augment": AugmentConfig(**values["augment"]),
        }
        return cls(**(values | parts))

    def as_dict(self) -> dict[str, Any]:
        """Return the settings, nested ones included, for a JSON file."""
        return asdict(self)
