"""The checks of one submission as tests of pytest, with the verdicts and the words of `grader check`."""

from __future__ import annotations

import contextlib
import functools
import typing
from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Protocol

import pytest

from grader.cli.options import Options
from grader.cli.terminal import REFUSALS
from grader.grade import Job, grade_entry
from grader.intake.submission import Entry, SubmissionRefused, open_submission, single
from grader.intake.work import read_work
from grader.report.failures import failure_texts
from grader.report.outline import outline
from grader.report.text import clean
from grader.result import CheckResult, Report, Verdict, decode_report, encode_report
from grader.sandbox.bounded import Overrun, bounded
from grader.sandbox.host import SandboxError
from grader.scoring.students_view import hidden_checks, students_report

__all__ = ["add_options", "enter"]

#: What the process that runs the tests of xdist is given.
_FROM_CONTROLLER = "grader_report"


def add_options(parser: pytest.Parser) -> None:
    """The options of `grader check`, but for those of which another plugin has the name."""
    group, hints = parser.getgroup("grader"), typing.get_type_hints(Options, include_extras=True)
    for each in fields(Options):
        kind, option = typing.get_args(hints[each.name])
        take: dict[str, Any] = {"action": "store_true"} if kind is bool else {"metavar": option.metavar}
        if kind == list[str]:
            take["action"] = "append"
        with contextlib.suppress(ValueError):
            names = (option.default, *option.param_decls)  # typer keeps the first name there
            group.addoption(*names, dest=_dest(each.name), help=option.help, **take)


def _dest(name: str) -> str:
    return f"grader_{name}"


def _options(config: pytest.Config) -> Options:
    """What was given; the rest is as `grader check` has it.

    Raises:
        ValueError: it is no number where one is wanted.
    """
    given = {}
    for name, hint in typing.get_type_hints(Options).items():
        value = getattr(config.option, _dest(name), None)
        if value is not None:
            (kind, *_) = [one for one in typing.get_args(hint) if one is not type(None)] or [hint]
            given[name] = value if hint == list[str] else kind(value)
    return Options(**given)


def enter(config: pytest.Config) -> None:
    """Take part in this run; without further arguments it is about the submission alone.

    Raises:
        pytest.UsageError: an option cannot be used.
    """
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args[:] = []
    sent = getattr(config, "workerinput", {}).get(_FROM_CONTROLLER)
    source = Sent(decode_report(sent.encode())) if sent is not None else _here(config)
    config.pluginmanager.register(Checks(source, Path(config.option.submission)), "grader-checks")


def _here(config: pytest.Config) -> Here:
    try:
        path, options = Path(config.option.submission), _options(config)
        entry = single(path)
        job = options.job(options.of([path], [entry]), beside=path if path.is_dir() else None)
        return Here(entry, options, job)
    except (*REFUSALS, ValueError) as error:
        raise pytest.UsageError(str(error)) from None


# --- where the report comes from ---------------------------------------------------------------------------


class Source(Protocol):
    """What the tests are made of."""

    def ids(self) -> Sequence[str]:
        """The checks, in the report's order.

        Raises:
            SubmissionRefused, Overrun: there is nothing to check.
        """

    def report(self, questions: Collection[str]) -> Report:
        """What they found; at least of these questions."""


@dataclass
class Sent:
    """Made by the process that started this one."""

    made: Report

    def ids(self) -> list[str]:
        if self.made.refused is not None:
            raise SubmissionRefused(self.made.refused)
        return [check.id for question in self.made.questions for check in question.checks]

    def report(self, questions: Collection[str]) -> Report:
        return self.made


@dataclass
class Here:
    """Made once, when the first test asks for it."""

    entry: Entry
    options: Options
    job: Job
    made: Report | None = None

    def ids(self) -> list[str]:
        editions = self.job.assignment.editions
        submission = bounded(lambda: open_submission(self.entry, editions.landmarks_of(self.job.edition)))
        work = bounded(lambda: read_work(submission, editions, self.job.edition, self.job.course_files))
        rows = self.job.rubric.questions(work.edition.names, work.edition.questions)
        asked = [row for row in rows if not self.job.questions or row.id in self.job.questions]
        hidden = hidden_checks(self.job.rubric, asked)
        return [id for row in asked for id in row.visibilities if id not in hidden]

    def report(self, questions: Collection[str]) -> Report:
        if self.made is None:
            job = replace(self.job, questions=tuple(questions) or self.job.questions)
            choice = self.options.sandbox_choice(job)
            try:
                with choice.build() as wall, choice.notebooks(job.assignment) as notebooks:
                    found = grade_entry(self.entry, job, wall, notebooks=notebooks)
            except SandboxError as error:
                pytest.exit(f"grader: {error}", returncode=2)
            self.made = students_report(found, job.rubric)
        return self.made


# --- tests -------------------------------------------------------------------------------------------------


class Checks:
    """The plugin of a run with a submission."""

    def __init__(self, source: Source, path: Path) -> None:
        self.source, self.path = source, path
        self.found: Report | None = None

    def pytest_report_header(self) -> str:
        return f"grader: {clean(str(self.path))}"

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        report = yield
        if isinstance(collector, pytest.Session):
            assert isinstance(report.result, list)
            name = clean(self.path.resolve().name, 80)
            own = SubmissionChecks.from_parent(collector, name=name, nodeid=name, path=self.path.resolve())
            own.checks = self
            report.result.append(own)
        return report

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Processes of xdist get what was found, once for all of them."""
        self.found = self.found or self.source.report(())
        node.workerinput[_FROM_CONTROLLER] = encode_report(self.found).decode()

    def result(self, item: CheckItem) -> tuple[CheckResult, str]:
        """What its check found, and what there is to say of it."""
        if self.found is None:
            chosen = [one for one in item.session.items if isinstance(one, CheckItem)]
            self.found = self.source.report({one.name.partition(".")[0]: None for one in chosen})
        return self._results[item.name]

    @functools.cached_property
    def _results(self) -> dict[str, tuple[CheckResult, str]]:
        assert self.found is not None
        texts = failure_texts(self.found)
        checks = [check for question in self.found.questions for check in question.checks]
        return {check.id: (check, texts.get(check.id, "")) for check in checks}

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.found is not None:
            terminalreporter.write_line(" · ".join(outline(self.found).header))
            for fault in self.found.faults:
                terminalreporter.write_line(f"a fault of the grader's: {clean(fault)}", red=True)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A fault of ours fails no test, and yet the run is not good."""
        if self.found is not None and self.found.faults:
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR


class SubmissionChecks(pytest.Collector):
    """All checks of the submission."""

    checks: Checks

    def collect(self) -> Iterator[CheckItem]:
        try:
            ids = self.checks.source.ids()
        except (SubmissionRefused, Overrun) as refusal:
            raise self.CollectError(f"not graded: {clean(str(refusal))}") from None
        for id in ids:
            item = CheckItem.from_parent(self, name=id)
            item.checks = self.checks
            yield item


class NotPassed(Exception):  # noqa: N818 - what a check says of the work
    """The text tells why."""


class CheckItem(pytest.Item):
    """One check, by its id."""

    checks: Checks

    def runtest(self) -> None:
        check, text = self.checks.result(self)
        if check.verdict is Verdict.SKIPPED:
            # As if said at the submission, not at this line.
            raise pytest.skip.Exception(clean(check.message), _use_item_location=True)
        if check.verdict is not Verdict.PASSED:
            raise NotPassed(text)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        return (
            Told(str(excinfo.value))
            if isinstance(excinfo.value, NotPassed)
            else super().repr_failure(excinfo)
        )

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, self.name


@dataclass
class Told:
    """A failure as pytest shows it: no traceback, and its first line in the summary."""

    message: str

    @property
    def reprcrash(self) -> Told:
        return Told(self.message.partition("\n")[0])

    def toterminal(self, tw: Any) -> None:
        tw.line(self.message)

    def __str__(self) -> str:
        return self.message
