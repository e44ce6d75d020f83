"""Notebooks as they were handed in: cells, definitions, answers, saved outputs."""
