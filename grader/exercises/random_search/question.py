"""Random search."""

from __future__ import annotations

from grader.assignment import Question, declared_in
from grader.exercises.random_search import checks
from grader.exercises.random_search.proxy import RandomSearch

__all__ = ["RANDOM_SEARCH"]

RANDOM_SEARCH = Question(id="random_search", proxy=RandomSearch, checks=declared_in(checks))
