"""The example of the page about a course of one's own: other files and names, other points, one mistake."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from pathlib import Path

from command_line import ROOT, grader

from grader.assignment1.editions import EDITIONS
from grader.intake import editions
from grader.scoring.rubric import QuestionRow, Rubric

EXAMPLE = ROOT / "examples" / "own_course"
PAGE = (ROOT / "docs" / "own_course.md").read_text("utf-8")
BY = ("--edition", "edition.toml", "--rubric", "rubric.toml", "--no-train")


def test_every_function_is_found_in_the_files_of_the_course() -> None:
    told = grader("inspect", "work", "--edition", "edition.toml", cwd=EXAMPLE)
    assert told.returncode == 0
    roles = tomllib.loads((EXAMPLE / "edition.toml").read_text())["roles"]
    for role, site in roles.items():
        name = site.partition(":")[2]
        assert bool(
            re.search(rf"(?m)^{re.escape(role)} +ml/\w+\.py:\d+  {re.escape(name)}$", told.stdout)
        ) == bool(site)


def test_its_one_mistake_is_named_with_the_points_of_the_course() -> None:
    done = grader("check", "work", *BY, "--format", "json", cwd=EXAMPLE)
    report = json.loads(done.stdout)
    assert [each["mistake"] for each in report["diagnoses"]] == ["forgot-regularization-gradient"]
    assert (report["assignment"], report["submission"]["edition"]) == ("Homework 1", "ml-2027")
    assert report["score"] == report["max_score"] - 1
    assert "vectorized.gradient" not in {c["id"] for c in report["questions"][0]["checks"]}


def test_what_the_course_leaves_out_costs_nothing_by_the_rubric_of_another() -> None:
    left_out = {"knn.one_loop", "knn.predict", "softmax.train", "softmax.predict"}
    done = grader("check", "work", "--edition", "edition.toml", "--no-train", "--format", "json", cwd=EXAMPLE)
    report = json.loads(done.stdout)
    checks = [check for question in report["questions"] for check in question["checks"]]
    found = {(c["verdict"], c["max_score"]) for c in checks if c["role"] in left_out}
    assert found == {("skipped", 0)}
    assert report["score"] == report["max_score"] - 2.5


def test_a_class_gets_its_points_and_the_question_that_people_mark(tmp_path: Path) -> None:
    assert grader("grade", "work", "-o", tmp_path, *BY, cwd=EXAMPLE).returncode == 0
    with (tmp_path / "gradebook.csv").open(encoding="utf-8-sig") as file:
        (row,) = csv.DictReader(file)
    assert (row["score"], row["max_score"], row["manual_max"]) == ("24", "25", "5")
    assert "Which of the three would you use" in (tmp_path / "manual.csv").read_text("utf-8-sig")


def test_the_page_tells_every_key_and_every_role() -> None:
    keys = {*Rubric.__struct_fields__, *QuestionRow.__struct_fields__, *editions._Raw.__struct_fields__}
    keys -= {"shared", "default"}  # for files that come with the grader
    assert {key for key in keys if not re.search(rf"`[^`\n]*\b{key}\b", PAGE)} == set()
    roles = {role for name in EDITIONS.names for role in EDITIONS.load(name).roles}
    assert {r for r in roles if f"`{r}`" not in PAGE and f"`{r.partition('.')[2]}`" not in PAGE} == set()
