"""The network, its runtimes and the folders that models live in.

TensorFlow reads its environment once, as it is imported; what it should find there is
set here, before any module of this package imports it.
"""

import os

# Without it every step maps and zeroes gigabytes of fresh pages: on two cores a step
# of a batch of 64 took 7 s, with it 2.8 s.
os.environ.setdefault("TF_CPU_ALLOCATOR_USE_BFC", "true")
# Off by default without AVX-512, though it halves a convolution's time there too.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
