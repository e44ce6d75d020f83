"""The gradient by finite differences."""
