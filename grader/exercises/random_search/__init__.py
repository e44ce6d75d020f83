"""Random weights, of which the best are kept."""
