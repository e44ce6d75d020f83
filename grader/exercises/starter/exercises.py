"""Exercises to the notes of CS231n. Write each function where it says so; NumPy is all you need.

`grader check` tells what is right, what is wrong, and which mistake it is; functions that you have not
written yet are no mistakes. Call the arguments as they are called here.
"""


def numerical_gradient(f, x, h=1e-5):
    """The gradient of f at x by finite differences: forward, (f(x + h) - f(x)) / h, or centered.

    f: a function of one argument, an array like x, that returns a number.
    x: an array of any shape; afterwards it is as it was before.
    h: how far to step away from x, in one entry at a time.
    Returns an array of the shape of x.
    """
    raise NotImplementedError("write your code here")
