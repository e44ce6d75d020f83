"""The two-layer net and the fully-connected net."""
