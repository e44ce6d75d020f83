"""The faces: commands, their options, and the Jupyter magic."""
