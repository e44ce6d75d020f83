"""Running notebooks behind the wall."""
