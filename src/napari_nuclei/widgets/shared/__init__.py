"""What the docks share: forms, workers, status."""
