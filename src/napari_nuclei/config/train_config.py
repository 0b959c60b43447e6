"""The settings of training."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from napari_nuclei.config.augment_config import AugmentConfig
from napari_nuclei.config.fields import (
    check_limits,
    named_settings,
    option,
    rename_old_keys,
)
from napari_nuclei.config.fine_tuning import fine_tuning_defaults
from napari_nuclei.config.model import ModelConfig


@named_settings
@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How a network is trained.

    Attributes
    ----------
    epochs : int
        Passes over the training images.
    batch : int
        Patches in a batch. If `steps` is None, a batch has fewer patches, at least 8,
        when an epoch would have fewer than 10 steps otherwise.
    steps : int, optional
        Batches in an epoch. None takes about as many as cover every image once, but at
        least 10.
    budget : float, optional
        Time for the whole training, in seconds, from reading the images to saving the
        model. The learning rate falls to its lowest value by then. None: no limit.
    learning_rate : float
        Highest learning rate.
    weight_decay : float
        Weight decay of AdamW.
    patience : int
        Epochs without a lower validation loss after which training stops early.
    keep : str
        Which averaged weights the model gets: "best" for those with the lowest
        validation loss, "last" for those of the last epoch.
    finetuned_weight : float, optional
        Weight of the fine-tuned against the base weights, 0 to 1, in the final model
        (Wortsman et al., "Robust fine-tuning of zero-shot models", 2022,
        https://arxiv.org/abs/2109.01903). 1 takes the fine-tuned weights, 0 the base
        weights. None chooses it: it grows with the number of images and with the base
        model's errors (`interpolation_factor`), grows further if that clearly lowers
        the loss on held-out images, and shrinks if the model is worse than its base.
    ema : float
        Momentum of the exponential moving average of the weights; 0 for none.
    diameter : float, optional
        Typical diameter of nuclei that the model is for, in pixels. None takes the
        base model's, or the median of the training images.
    loss : str
        Loss of the foreground's area, added to its cross entropy: "dice" is 1 - Dice,
        "lovasz" is the Lovász hinge, which gives more accurate outlines.
    border_weight : float
        Extra weight, in the loss, of pixels within 2 pixels of two nuclei.
    offset_weight : float
        Weight of the offsets in the loss: the loss of a mean offset error of 8 pixels.
    distill_from : str, optional
        Name or folder of a model. The network learns the predictions of this model and
        the annotations in equal parts. A small network learns more from a good model's
        probabilities than from outlines alone (Hinton et al., "Distilling the knowledge
        in a neural network", 2015, https://arxiv.org/abs/1503.02531).
    sampling : str
        "patches" cuts random patches, "resize" shrinks whole images to a patch.
    patch_size : int
        Side of a patch, in pixels; a multiple of 32.
    val_fraction : float
        Fraction of the images that are held out if no validation set is given.
    batch_norm : str
        "learn" trains batch normalisation, "keep" leaves it as in the base model, since
        a few nuclei are too few to estimate its statistics.
    encoder_only : bool
        With a base model: train a new network from scratch whose encoder starts with
        the weights of the base model's encoder. The width `model.alpha` is then the
        base model's.
    encoder : str
        "learn" trains the encoder, "keep" leaves it as in the base model, which halves
        the time of a step. A few images train the decoder, but not new features.
    unpainted : str
        How unpainted pixels are treated: as "background", or "ignore" to leave them out
        of the loss and of the evaluation, except for a margin around each nucleus.
    strategy : str
        "one" trains on one device, "mirrored" splits each batch over all GPUs.
    seed : int
        Seed of every random choice.
    figures_every : int
        Epochs between figures in the folder `figures`. TensorBoard gets one an epoch.
    tensorboard : bool
        Write TensorBoard logs.
    keep_annotations : bool
        Save images and labels with the model, for later training.
    model : ModelConfig
        The network; ignored with a base model, unless `encoder_only` is set.
    augment : AugmentConfig
        Random variations of the patches.

    Raises
    ------
    TypeError
        If a setting does not exist; the message suggests the nearest name.
    ValueError
        If a setting is outside its limits; the message states them.

    See Also
    --------
    TrainConfig.fine_tuning : Settings to fine-tune a model on a few annotations.

    Examples
    --------
    >>> config = TrainConfig(epochs=20, model=ModelConfig(alpha=0.35))
    >>> config.epochs, config.batch, config.model.alpha
    (20, 64, 0.35)
    """

    epochs: int = option(40, "passes over the training images", ge=1, le=100_000)
    batch: int = option(
        64,
        "patches in a batch; fewer, at least 8, if an epoch would have fewer than 10 "
        "steps, unless steps is given",
        ge=1,
        le=4096,
    )
    steps: int | None = option(
        None,
        "batches in an epoch; by default about as many as cover every image, at least "
        "10",
        ge=1,
    )
    budget: float | None = option(
        None,
        "time for the whole training, in seconds, from reading the images to saving "
        "the model; the learning rate falls to its lowest value by then",
        ge=1,
    )
    learning_rate: float = option(1e-3, "highest learning rate", ge=1e-7, le=1)
    weight_decay: float = option(1e-4, "weight decay of AdamW", ge=0, le=1)
    patience: int = option(
        10, "epochs without a lower validation loss before training stops", ge=1
    )
    keep: str = option(
        "best",
        "weights of the final model; best: those with the lowest validation loss; "
        "last: those of the last epoch",
        choices=("best", "last"),
    )
    finetuned_weight: float | None = option(
        1.0,
        "weight of the fine-tuned against the base weights, 0 to 1; automatic by "
        "default when a base model is given",
        ge=0,
        le=1,
    )
    ema: float = option(
        0.99,
        "momentum of the moving average of the weights; 0 for none",
        ge=0,
        le=0.9999,
    )
    diameter: float | None = option(
        None,
        "typical diameter of nuclei that the model is for, in pixels; by default the "
        "base model's, or the median of the training images",
        ge=4,
        le=128,
    )
    loss: str = option(
        "dice",
        "loss of the foreground's area, added to cross entropy; lovasz gives more "
        "accurate outlines",
        choices=("dice", "lovasz"),
    )
    border_weight: float = option(
        4.0, "extra weight of pixels on borders between touching nuclei", ge=0, le=100
    )
    offset_weight: float = option(
        1.0,
        "weight, in the loss, of the error of offsets to the centres of nuclei",
        ge=0,
        le=100,
    )
    distill_from: str | None = option(
        None, "model whose predictions the network learns, besides the annotations"
    )
    sampling: str = option(
        "patches",
        "patches: random patches; resize: whole images shrunk to a patch",
        choices=("patches", "resize"),
    )
    patch_size: int = option(
        128, "side of a patch in pixels, a multiple of 32", ge=32, le=1024
    )
    val_fraction: float = option(
        0.15,
        "fraction of the images that are held out if no validation set is given",
        ge=0.01,
        le=0.9,
    )
    batch_norm: str = option(
        "learn",
        "batch normalisation; keep: as in the base model",
        choices=("learn", "keep"),
    )
    encoder_only: bool = option(
        False,
        "with a base model: train a new network that starts from the encoder of this "
        "model only",
    )
    encoder: str = option(
        "learn",
        "encoder of the network; keep: as in the base model",
        choices=("learn", "keep"),
    )
    unpainted: str = option(
        "background",
        "how unpainted pixels are treated; ignore: leave them out, except for a margin "
        "around each nucleus",
        choices=("background", "ignore"),
    )
    strategy: str = option(
        "one",
        "one: a single device; mirrored: split each batch over all GPUs",
        choices=("one", "mirrored"),
    )
    seed: int = option(0, "seed of every random choice", ge=0)
    figures_every: int = option(5, "epochs between figures of predictions", ge=1)
    tensorboard: bool = option(True, "write TensorBoard logs")
    keep_annotations: bool = option(
        False, "save images and labels with the model, for later training"
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
        """Return settings to fine-tune a base model quickly on a few annotations.

        They use small steps, leave the base model's encoder and batch normalisation
        unchanged, limit the time to 90 seconds and choose `finetuned_weight`
        automatically, so that a few annotated nuclei do not make the base model worse
        on other images.

        With `epochs` or `steps` the time is not limited, unless `budget` is given too.
        An epoch is then a pass over the images; the default is 40 epochs.

        Parameters
        ----------
        **settings
            Fields of `TrainConfig` that replace these values.

        Examples
        --------
        >>> TrainConfig.fine_tuning().budget
        90.0
        >>> TrainConfig.fine_tuning(epochs=20).budget is None
        True
        """
        current = rename_old_keys(cls, settings)
        return cls(**(fine_tuning_defaults(current) | current))

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainConfig:
        """Return the configuration from the values of `as_dict`.

        Values that an older version wrote are accepted.

        Raises
        ------
        KeyError, TypeError, ValueError
            If settings are missing, unknown or outside their limits.

        Warns
        -----
        DeprecationWarning
            If there are old names of settings.
        """
        current = rename_old_keys(cls, values)
        model = current["model"] | {"decoder": tuple(current["model"]["decoder"])}
        parts = {
            "model": ModelConfig(**model),
            "augment": AugmentConfig(**current["augment"]),
        }
        return cls(**(current | parts))

    def as_dict(self) -> dict[str, Any]:
        """Return the settings, nested ones included, for a JSON file."""
        return asdict(self)
