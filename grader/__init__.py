"""Verify and score CS231n Assignment 1, and name the mistake."""

__version__ = "0.1.0"
