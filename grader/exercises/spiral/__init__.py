"""The linear classifier of the spiral."""
