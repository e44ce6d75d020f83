"""Many submissions: a class graded, its gradebook, and what people mark by hand."""
