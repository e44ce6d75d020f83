"""Where in the source a mistake is."""
