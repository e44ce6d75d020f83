"""Late days: how many a submission took, and what they cost by the rubric."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from grader.report.text import plural
from grader.result import Adjustment
from grader.scoring.rubric import Late

__all__ = ["late_days", "penalty"]


def late_days(late: Late, handed_in: datetime, extra_days: float = 0) -> int:
    """Days begun after the due time; within the grace minutes, none. An extension moves the due time."""
    beyond = handed_in - (late.due + timedelta(days=extra_days))
    return 0 if beyond <= timedelta(minutes=late.grace_minutes) else math.ceil(beyond / timedelta(days=1))


def penalty(late: Late, days: int, score: float) -> Adjustment | None:
    """What so many late days take from a score; None when nothing."""
    charged = max(0, days - late.free_days)
    share = min(1.0, charged * late.penalty)
    reason = f"{plural(days, 'day')} late, {late.free_days} free"
    if late.most_days is not None and days > late.most_days:
        share, reason = 1.0, f"{plural(days, 'day')} late, at most {late.most_days} count"
    lost = round(share * score, 6)
    return Adjustment(kind="late", what="score", points=-lost, reason=reason) if lost > 0 else None
