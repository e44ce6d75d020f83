"""What the notebooks of the course are asked."""
