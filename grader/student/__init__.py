"""The student's work as callables."""
