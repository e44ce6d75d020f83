"""Declaring checks, running them, and comparing arrays."""
