"""Logistic regression with labels −1 and 1."""
