"""The training loop: fit, schedules, checkpoints, logs."""
