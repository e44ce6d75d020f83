"""The ground truth of Assignment 1 in plain NumPy, to be read as a textbook.

Samples are rows: X is (N, D), W is (D, C), scores X @ W are (N, C), labels y are (N,) integers in [0, C).
Every function keeps the floating dtype of its inputs and changes none of them.
"""
