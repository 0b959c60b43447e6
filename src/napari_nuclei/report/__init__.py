"""Reports: one HTML file that shows the results of a run."""
