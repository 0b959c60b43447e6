"""Names of the Keras objects that may occur in a `.keras` file.

The lists hold what the bundled networks and usual segmentation networks consist of.
None of these objects reads or writes a file, uses the internet or calls a function that
the file names. Lambda, TFSMLayer, TorchModuleWrapper, JaxLayer, FlaxLayer and the
layers of text and of lookup tables are left out for that reason.
"""

from __future__ import annotations

import re

CODE_LAYERS = frozenset(
    "Lambda TorchModuleWrapper TFSMLayer JaxLayer FlaxLayer __lambda__".split()
)
"""Objects that run code from the file; they have an error message of their own."""

MODELS = "Functional Sequential Model"

LAYERS = """
InputLayer Identity Rescaling Normalization Resizing CenterCrop Conv2D Conv2DTranspose
DepthwiseConv2D SeparableConv2D Dense EinsumDense BatchNormalization LayerNormalization
GroupNormalization UnitNormalization RMSNormalization ReLU LeakyReLU PReLU ELU Softmax
Activation ActivityRegularization Add Subtract Multiply Average Maximum Minimum
Concatenate Dot MaxPooling2D AveragePooling2D GlobalAveragePooling2D GlobalMaxPooling2D
UpSampling2D ZeroPadding2D Cropping2D Reshape Permute Flatten Dropout SpatialDropout2D
AlphaDropout GaussianDropout GaussianNoise Attention AdditiveAttention
MultiHeadAttention GroupQueryAttention SpectralNormalization RandomFlip
RandomRotation RandomZoom RandomTranslation RandomContrast RandomBrightness RandomCrop
"""

INITIALIZERS = """
Zeros Ones Constant RandomNormal RandomUniform TruncatedNormal VarianceScaling
GlorotNormal GlorotUniform HeNormal HeUniform LecunNormal LecunUniform Orthogonal
OrthogonalInitializer IdentityInitializer
"""

REGULARIZERS_AND_CONSTRAINTS = """
L1 L2 L1L2 OrthogonalRegularizer MaxNorm MinMaxNorm NonNeg UnitNorm
"""

DTYPE_POLICIES = "DTypePolicy FloatDTypePolicy Policy"

OPERATIONS = """
DepthToSpace SpaceToDepth Relu Relu6 Sigmoid Tanh Silu Gelu Elu Selu LeakyRelu Softplus
Softsign HardSigmoid HardSilu HardTanh LogSigmoid Mish Divide TrueDivide Power Negative
Abs Absolute Square Sqrt Rsqrt Exp Log Log1p Clip Mean Max Min Sum Prod Var Std Stack
Split Squeeze ExpandDims Transpose Pad Repeat Tile GetItem Cast Where Resize Conv
MaxPool AveragePool BatchNorm Moments Matmul Einsum Floor Ceil Round Mod Equal Greater
GreaterEqual Less LessEqual LogicalAnd LogicalOr LogicalNot
"""

LOSSES = """
BinaryCrossentropy BinaryFocalCrossentropy CategoricalCrossentropy
CategoricalFocalCrossentropy SparseCategoricalCrossentropy Dice Tversky
MeanSquaredError MeanAbsoluteError Huber LogCosh Hinge KLDivergence
"""

OPTIMIZERS = """
SGD RMSprop Adam AdamW Adadelta Adagrad Adamax Nadam Ftrl Lion LossScaleOptimizer
CosineDecay CosineDecayRestarts ExponentialDecay InverseTimeDecay PiecewiseConstantDecay
PolynomialDecay
"""

METRICS = """
Accuracy BinaryAccuracy CategoricalAccuracy SparseCategoricalAccuracy AUC Precision
Recall MeanIoU BinaryIoU IoU OneHotIoU OneHotMeanIoU F1Score FBetaScore Mean
MeanMetricWrapper
"""

VALUES = frozenset(
    "__keras_tensor__ __tensor__ __numpy__ __slice__ __ellipsis__".split()
)
"""Values that are not objects of Keras, such as a slice of an array."""

CLASSES = frozenset(
    " ".join(
        (
            MODELS,
            LAYERS,
            INITIALIZERS,
            REGULARIZERS_AND_CONSTRAINTS,
            DTYPE_POLICIES,
            OPERATIONS,
            LOSSES,
            OPTIMIZERS,
            METRICS,
        )
    ).split()
)
"""Classes that may occur in a file."""

FUNCTIONS = frozenset(
    """
    relu relu6 sigmoid tanh silu swish gelu elu selu celu glu leaky_relu softmax
    log_softmax softplus softsign hard_sigmoid hard_silu hard_swish hard_tanh linear
    exponential log_sigmoid mish
    binary_crossentropy binary_focal_crossentropy categorical_crossentropy
    categorical_focal_crossentropy sparse_categorical_crossentropy dice tversky
    mean_squared_error mse mean_absolute_error mae huber log_cosh hinge kl_divergence
    accuracy binary_accuracy categorical_accuracy sparse_categorical_accuracy
    """.split()
)
"""Functions that may occur in a file: activations, losses and metrics."""

MODULES = re.compile(
    r"keras(\.src)?(\.(activations|constraints|dtype_policies|engine|initializers|layers"
    r"|losses|metrics|mixed_precision|models|ops|optimizers|regularizers)(\.[a-z0-9_]+)*)?"
)
"""Modules of Keras in which these objects are."""

NUMBER_TYPES = re.compile(r"bool|(float|int|uint)(8|16|32|64)|bfloat16")
"""Types of numbers in arrays."""
