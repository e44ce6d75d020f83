"""Question 1: k-nearest neighbours."""

from __future__ import annotations

from grader.assignment import Question, declared_in
from grader.assignment1.knn import checks
from grader.assignment1.knn.attribution import explain_neighbours, withhold_unearned
from grader.assignment1.knn.examples import neighbour_examples
from grader.assignment1.knn.mendable import neighbours
from grader.assignment1.knn.proxy import NeighbourQuestion
from grader.assignment1.notebooks import checks as notebook
from grader.assignment1.notebooks.attribution import explain_notebook
from grader.assignment1.notebooks.proxy import Asked
from grader.assignment1.notebooks.rewrite import NEIGHBOUR_SIZES
from grader.assignment1.notebooks.targets import nearest_neighbours
from grader.assignment1.sizes import explain_distance_sizes
from grader.assignment1.training.accuracy import neighbour_accuracy
from grader.assignment1.training.attribution import accuracy_follows_from

__all__ = ["KNN"]

KNN = Question(
    id="knn",
    proxy=NeighbourQuestion,
    checks=(*declared_in(checks), neighbour_accuracy, *declared_in(notebook)),
    notebook=Asked(
        references={"knn": nearest_neighbours},
        search="folds",
        quick=NEIGHBOUR_SIZES,
    ),
    explain=(
        explain_distance_sizes,
        explain_neighbours,
        withhold_unearned,
        explain_notebook,
        accuracy_follows_from("knn.no_loops", "knn.predict_labels", "knn.predict"),
    ),
    mend=(neighbours,),
    examples=(neighbour_examples,),
    returns={
        **dict.fromkeys(("knn.two_loops", "knn.one_loop", "knn.no_loops"), ("dists",)),
        **dict.fromkeys(("knn.predict_labels", "knn.predict"), ("y_pred",)),
    },
    notes=("squared-distances", "negative-under-root"),
)
