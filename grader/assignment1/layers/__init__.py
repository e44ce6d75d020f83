"""Layers: affine, ReLU, and the losses on top."""
