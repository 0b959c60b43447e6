"""Show results and progress in notebooks and terminals."""
