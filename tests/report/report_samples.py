"""Reports for the renderers' tests, one a situation, with the sums that a grade guarantees."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from grader.assignment1 import ASSIGNMENT
from grader.result import (
    CheckResult,
    Diagnosis,
    Evidence,
    Example,
    ExampleRow,
    Excerpt,
    ManualAnswer,
    Picture,
    QuestionResult,
    Report,
    SubmissionInfo,
    Verdict,
    Where,
)

COURSE = "CS231n Assignment 1"
SVM = "cs231n/classifiers/linear_svm.py"
SOFTMAX = "cs231n/classifiers/softmax.py"
FORGOT = "forgot-regularization-gradient"
ENVIRONMENT = {
    "sandbox": "namespaces + Landlock + seccomp",
    "data": "synthetic stand-in",
    "seed": 231,
    "python": "3.11.7",
}
HELP = "the loss adds reg·ΣW², so its derivative 2·reg·W belongs in dW"

PICTURES = (
    Picture(kind="cells", what="dW", yours=((1.0, 0.0), (None, 4.0)), expected=((1.0, 2.0), (3.0, 4.0))),
    Picture(kind="curves", what="the loss", yours=((9.0, 4.0, 4.1),), expected=((9.0, 1.0, 0.2),)),
)

TITLES = {
    "naive.zero_weights": "the loss is 9.0 when W is zero",
    "naive.loss": "the loss matches the reference",
    "naive.gradient": "the gradient of the data loss is right",
    "naive.regularization_gradient": "the gradient includes the regularization term",
    "vectorized.loss": "the loss matches the reference",
    "vectorized.regularization_gradient": "the gradient includes the regularization term",
    "vectorized.no_python_loops": "no Python loop runs over the examples",
    "agreement.gradient": "naive and vectorized gradients agree",
    "train.loss_decreases": "the loss falls as it should",
    "predict.argmax": "the class with the highest score is predicted",
    "validation_accuracy": "the trained classifier reaches the validation accuracy of the course",
}
NUMBERS = {"knn": 1, "svm": 2, "softmax": 3}
POINTS = (2, 3, 3, 3, 3, 3, 2, 2, 2, 1, 1)


def check(question: str, statement: str, verdict: Verdict = Verdict.PASSED, **fields: object) -> CheckResult:
    worth = float(fields.pop("max_score", dict(zip(TITLES, POINTS, strict=True)).get(statement, 1)))
    score = fields.pop("score", worth if verdict in (Verdict.PASSED, Verdict.SKIPPED) else 0.0)
    title = str(fields.pop("title", TITLES.get(statement, statement)))
    title = title.replace("9.0", "log 10") if question == "softmax" else title
    if (known := ASSIGNMENT.checks.get(f"{question}.{statement}")) is not None:
        fields = {"role": known.role, "statement": known.statement, "topic": known.topic, **fields}
    return CheckResult(
        id=f"{question}.{statement}", title=title, verdict=verdict, score=score, max_score=worth, **fields
    )


def question(id: str, title: str, checks: Iterable[CheckResult]) -> QuestionResult:
    checks = tuple(checks)
    most, number = sum(c.max_score for c in checks), NUMBERS.get(id)
    return QuestionResult(id, title, sum(c.score for c in checks), most, checks, number)


def report(
    questions: Iterable[QuestionResult], id: str = "ada", edition: str | None = "2019", **fields
) -> Report:
    questions = tuple(questions)
    return Report(
        submission=SubmissionInfo(id, fields.pop("path", "."), edition, "0" * 64),
        score=fields.pop("score", sum(q.score for q in questions)),
        max_score=fields.pop("max_score", sum(q.max_score for q in questions)),
        questions=questions,
        environment=dict(ENVIRONMENT),
        duration_s=0.25,
        assignment=COURSE,
        **fields,
    )


def right(id: str, title: str, **replaced: CheckResult) -> QuestionResult:
    """A question with every check passed, but for those given by their statement (`naive__loss=…`)."""
    given = {name.replace("__", "."): value for name, value in replaced.items()}
    return question(id, title, [given.get(statement, check(id, statement)) for statement in TITLES])


def all_correct() -> Report:
    return report([right("svm", "Support vector machine"), right("softmax", "Softmax classifier")], "grace")


def lacking_regularization(question: str, file: str) -> CheckResult:
    return check(
        question,
        "naive.regularization_gradient",
        Verdict.FAILED,
        message="at reg = 50, dW lacks 2·reg·W; the rest is right",
        help=HELP,
        mistakes=(FORGOT,),
        evidence=(
            Evidence("dW at reg = 0", 1.25, 1.25, 3e-16, 1e-5),
            Evidence("dW[2, 1] at reg = 50", -14.114277, -16.007355, 6.3e-2, 1e-5),
        ),
        where=Where(file, 38, excerpt=Excerpt(37, ("    dW /= N", "\tif reg:", "\t  return loss, dW"))),
        function=f"{question}_loss_naive",
        pictures=PICTURES,
    )


def one_mistake() -> Report:
    """A mistake in the naive version, its echo in the vectorized one, and training not checked for it."""
    cause = "svm.naive.regularization_gradient"
    echo = check(
        "svm",
        "vectorized.regularization_gradient",
        Verdict.FAILED,
        score=3.0,
        message="at reg = 50, dW lacks 2·reg·W",
        mistakes=(FORGOT,),
        follows_from=cause,
        where=Where(SVM, 71),
    )
    skipped = check("svm", "train.loss_decreases", Verdict.SKIPPED, follows_from=cause)
    svm = right(
        "svm",
        "Support vector machine",
        naive__regularization_gradient=lacking_regularization("svm", SVM),
        vectorized__regularization_gradient=echo,
        train__loss_decreases=skipped,
    )
    diagnosis = Diagnosis(
        mistake=FORGOT,
        roles=("svm.naive", "svm.vectorized"),
        residual=3e-16,
        explanation="dW equals the reference without 2·reg·W",
        help=HELP,
        where=Where(SVM, 38),
        points=3.0,
    )
    return report([svm, right("softmax", "Softmax classifier")], diagnoses=(diagnosis,))


def student_error() -> Report:
    """A typo that every check of the naive softmax runs into, and one wrong answer that nothing explains."""
    broken = {
        "verdict": Verdict.ERROR,
        "message": "NameError: name 'dw' is not defined. Did you mean: 'dW'?",
        "help": "the name is used before anything is assigned to it; look for a typo",
        "where": Where(SOFTMAX, 45),
    }
    naive = {
        name.replace(".", "__"): check("softmax", name, **broken)
        for name in TITLES
        if name.startswith("naive")
    }
    wrong = check(
        "softmax",
        "vectorized.loss",
        Verdict.FAILED,
        message="the loss is 2.14 times the reference's at reg = 0, and it is not the same factor at reg > 0",
        evidence=(
            Evidence("loss", 4.927, 2.302585, 5.3e-1, 1e-5),
            Evidence("dtype of dW", "object", "float64"),
        ),
        where=Where(SOFTMAX, None),
    )
    return report([right("softmax", "Softmax classifier", vectorized__loss=wrong, **naive)], "alan")


def timed_out() -> Report:
    slow = check(
        "svm",
        "vectorized.loss",
        Verdict.TIMEOUT,
        message="svm_loss_vectorized did not return within 10 s",
        help="try it on 5 examples first; a loop that never ends, or a very large array?",
        where=Where(SVM, 71),
    )
    return report([right("svm", "Support vector machine", vectorized__loss=slow)], "edsger", "2016")


def unfinished() -> Report:
    """The starter's stubs, and training that was switched off."""
    stub = {
        "verdict": Verdict.MISSING,
        "message": "svm_loss_vectorized returns the zeros of the starter code",
        "where": Where(SVM, 66),
    }
    stubs = {
        name.replace(".", "__"): check("svm", name, **stub)
        for name in TITLES
        if name.startswith("vectorized")
    }
    stubs["vectorized__no_python_loops"] = msgspec.structs.replace(
        stubs["vectorized__no_python_loops"], where=None
    )
    off = check(
        "svm", "train.loss_decreases", Verdict.SKIPPED, message="training was switched off", score=0.0
    )
    return report(
        [right("svm", "Support vector machine", train__loss_decreases=off, **stubs)], "linus", "2015"
    )


def refused() -> Report:
    return report(
        [],
        "mary.zip",
        None,
        score=0.0,
        max_score=45.0,
        refused="the archive ends in the middle of a file; download it again from the submission site",
    )


def with_fault() -> Report:
    fault = "the worker could not be started for softmax: fork failed, out of memory"
    return report([right("svm", "Support vector machine")], "tim", faults=(fault,))


def undecided() -> Report:
    """Two mistakes that fit equally well, notes, and answers to mark."""
    wrong = check(
        "svm", "naive.loss", Verdict.FAILED, message="the loss is larger by 1.0", where=Where(SVM, 12)
    )
    candidates = tuple(
        Diagnosis(mistake=mistake, roles=("svm.naive",), explanation=explanation)
        for mistake, explanation in (
            ("correct-class-counted-in-loss", "the sum runs over j = y too"),
            ("loss-ignores-reg-argument", "the strength is written into the code"),
        )
    )
    answers = (
        ManualAnswer(
            question="svm", prompt="Why may a check fail?", answer="the hinge has a kink", points=1.5
        ),
        ManualAnswer(question="softmax", prompt="Why about −log(0.1)?", answer=""),
    )
    notes = (
        "cs231n/classifiers/linear_svm-Copy1.py was ignored: a copy of linear_svm.py",
        "xrange was provided: the code is written for Python 2",
    )
    svm = right("svm", "Support vector machine", naive__loss=wrong)
    return report([svm], "ken", candidates=candidates, manual=answers, notes=notes)


def two_mistakes() -> Report:
    """Two mistakes in one question: an echo says which of them it follows."""
    first = lacking_regularization("svm", SVM)
    second = check(
        "svm",
        "vectorized.no_python_loops",
        Verdict.FAILED,
        message="svm_loss_vectorized runs 4 lines more for every example",
        help="replace the loop over the examples by one matrix product",
        mistakes=("not-vectorized",),
        where=Where(SVM, 80),
    )
    echo = check("svm", "agreement.gradient", Verdict.FAILED, score=2.0, message="", follows_from=first.id)
    svm = right(
        "svm",
        "Support vector machine",
        naive__regularization_gradient=first,
        vectorized__no_python_loops=second,
        agreement__gradient=echo,
    )
    diagnoses = (
        Diagnosis(mistake=FORGOT, roles=("svm.naive",), points=3.0),
        Diagnosis(mistake="not-vectorized", roles=("svm.vectorized",), points=2.0),
    )
    return report([svm], "barbara", diagnoses=diagnoses)


def unnamed() -> Report:
    """A wrong gradient that nothing explains, with a small problem on which it is."""
    example = Example(
        given=("X = [[1, 3]]", "W = [[-1, 0, 2], [0, 1, 1]]", "y = [1]", "reg = 0"),
        columns=("class 0", "class 1", "class 2"),
        rows=(
            ExampleRow("probs", ("0.125", "0.250", "0.625")),
            ExampleRow("yours", ("0.250", "-0.750", "0.250"), "yours", (0, 2)),
            ExampleRow("expected", ("0.125", "-0.750", "0.625"), "expected"),
        ),
        what="dW, row of feature 0",
        right="the correct class",
        wrong="every other class, where your value is the probability of the correct class",
        about="dW",
    )
    wrong = check(
        "softmax",
        "naive.gradient",
        Verdict.FAILED,
        message="dW at reg = 0: 90% of the entries differ; the most at [0, 2]: yours 1.2, expected 0.2",
        hint="right: the loss at reg = 0",
        evidence=(Evidence("dW at reg = 0", 1.2, 0.2, 0.5, 1e-5),),
        where=Where(SOFTMAX, 24, end_line=40),
        function="softmax_loss_naive",
        example=example,
    )
    return report([right("softmax", "Softmax classifier", naive__gradient=wrong)], "rozsa")


def thirds() -> Report:
    """Points that two decimals cannot hold."""
    verdicts = (
        Verdict.PASSED,
        Verdict.FAILED,
        Verdict.PASSED,
        Verdict.PASSED,
        Verdict.FAILED,
        Verdict.PASSED,
    )
    checks = [
        check(
            "knn",
            f"two_loops.part_{n}",
            verdict,
            max_score=1 / 3,
            score=(1 / 3) * (verdict is Verdict.PASSED),
        )
        for n, verdict in enumerate(verdicts)
    ]
    return report([question("knn", "k-nearest neighbours", checks)], "donald")


def hostile(text: str) -> Report:
    """The same text wherever a submission can put one."""
    wrong = check(
        "svm",
        "naive.loss",
        Verdict.FAILED,
        title=text,
        message=text,
        help=text,
        mistakes=(text,),
        evidence=(Evidence(text, text, text), Evidence(text, float("nan"), 1.0, float("nan"), 1e-5)),
        where=Where(text, 1, excerpt=Excerpt(1, (text, text))),
        function=text,
        example=Example(
            given=(text, text),
            columns=(text, text),
            rows=(ExampleRow(text, (text, text)), ExampleRow(text, (text,), "yours", (0, 7))),
            what=text,
            right=text,
            wrong=text,
            about=text,
        ),
        pictures=tuple(msgspec.structs.replace(picture, what=text) for picture in PICTURES),
    )
    raised = check("svm", text, Verdict.ERROR, title=text, message=text, where=Where(text, None))
    return report(
        [question("svm", text, [wrong, raised])],
        text,
        text,
        path=text,
        diagnoses=(Diagnosis(mistake=text, roles=(text,), explanation=text, help=text, points=3.0),),
        candidates=(Diagnosis(mistake=text, roles=(text,), explanation=text),),
        manual=(ManualAnswer(question=text, prompt=text, answer=text),),
        notes=(text,),
        to_do=(text,),
        faults=(text,),
        refused=text,
    )


SAMPLES: dict[str, Callable[[], Report]] = {
    make.__name__: make
    for make in (
        all_correct,
        one_mistake,
        two_mistakes,
        student_error,
        timed_out,
        unfinished,
        refused,
        with_fault,
        undecided,
        unnamed,
        thirds,
    )
}

HOSTILE = [
    "[red]colour[/red] [link=https://example.org]here[/link] :boom:",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\ \x9b2J",
    "\x00\x07\x08\x0b\x7f\x85 bell, backspace and more",
    "\u202eright to left\u202c \u2066isolate\u2069 \ufeff\u200b",
    "one\r\ntwo\rthree\u2028four",
    "word" * 5000,
    "many words " * 5000,
    "z\u0335\u0341\u0316" + "\u0335" * 500,
    "宽字符" * 100,
    "bytes \udcff\udcfe that are no text",
    "[/] [",
    "",
]
