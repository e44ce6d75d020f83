"""Modules of the grader's own that are called beside the work."""
