"""Segment files, folders, plates and images larger than memory."""
