"""The two signs of life that a child gives besides frames. Read on both sides of the wall."""

__all__ = ["BROKEN", "READY"]

#: Sent on the channel once every restriction is in force, before anything of the submission is read.
READY = b"R"
#: Exit status of a child whose hardening failed, or whose worker was broken from within.
BROKEN = 77
