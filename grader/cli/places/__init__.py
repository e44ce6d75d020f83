"""Where people already are: what these places want uploaded, and what they run of it."""
