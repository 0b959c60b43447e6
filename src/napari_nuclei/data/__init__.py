"""Images and annotations for training: data sets, splits, sparse labels."""
