"""The warm-up exercises to the course's notes, in plain NumPy, to be read as a textbook."""
