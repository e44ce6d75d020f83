"""The rubric, and what a mistake costs."""
