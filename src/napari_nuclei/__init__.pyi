# The public names and the modules that define them. lazy_loader reads this file at run
# time, type checkers read it as the package's types.
from .config import (
    AugmentConfig,
    MeasureConfig,
    ModelConfig,
    SegmentConfig,
    TrainConfig,
)
from .core.classify.classifier import Classifier
from .core.classify.h_score import h_score
from .core.classify.thresholds import Thresholds
from .core.correct.keep import keep_corrected
from .core.correct.log import CorrectionLog
from .core.errors import ImageWarning
from .core.linking.planes import link_planes
from .core.measure.nuclei import measure
from .core.measure.regions import count_regions
from .core.measure.rings import expand
from .core.segmentation import Segmentation
from .core.segmenter import Segmenter
from .core.synthetic import synthetic_nuclei, synthetic_series, synthetic_stack
from .core.tracking.track import track
from .core.tracking.tracking import Tracking
from .data.corrected_nuclei import find_corrections
from .data.datasets import Dataset, Sample, read_dataset
from .data.train_test_split import train_test_split
from .evaluation.display import display
from .evaluation.evaluate import evaluate
from .evaluation.evaluation_results import Evaluation
from .evaluation.score import score
from .io.classifier_files import read_classifier, write_classifier
from .io.corrections.correction_log import (
    read_corrections,
    replay_corrections,
    write_corrections,
)
from .io.label_files import read_labels, write_labels
from .io.outlines.read_outlines import read_outlines
from .io.readers import read_image
from .io.tables import read_table, write_table
from .io.tracks.ctc import write_ctc
from .io.tracks.geff import write_geff
from .io.tracks.read_ctc import read_ctc
from .model.exchange import export_model, import_model
from .model.load import load_segmenter
from .model.store import list_models, load_model_card
from .report.write_report import write_report
from .scale.batch import segment_files
from .scale.image_run import segment_file
from .scale.large import segment_large
from .scale.plates import segment_plate
from .scale.tables.measure_files import measure_file
from .scale.tracks.track_labels_file import track_file
from .training.train import train

__all__ = [
    "AugmentConfig",
    "Classifier",
    "CorrectionLog",
    "Dataset",
    "Evaluation",
    "ImageWarning",
    "MeasureConfig",
    "ModelConfig",
    "Sample",
    "SegmentConfig",
    "Segmentation",
    "Segmenter",
    "Thresholds",
    "Tracking",
    "TrainConfig",
    "count_regions",
    "display",
    "evaluate",
    "expand",
    "export_model",
    "find_corrections",
    "h_score",
    "import_model",
    "keep_corrected",
    "link_planes",
    "list_models",
    "load_model_card",
    "load_segmenter",
    "measure",
    "measure_file",
    "read_classifier",
    "read_corrections",
    "read_ctc",
    "read_dataset",
    "read_image",
    "read_labels",
    "read_outlines",
    "read_table",
    "replay_corrections",
    "score",
    "segment_file",
    "segment_files",
    "segment_large",
    "segment_plate",
    "synthetic_nuclei",
    "synthetic_series",
    "synthetic_stack",
    "track",
    "track_file",
    "train",
    "train_test_split",
    "write_classifier",
    "write_corrections",
    "write_ctc",
    "write_geff",
    "write_labels",
    "write_report",
    "write_table",
]

__version__: str
