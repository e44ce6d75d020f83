"""The net of the spiral."""
