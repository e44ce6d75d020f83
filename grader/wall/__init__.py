"""What runs inside the wall: standard library and numpy only."""
