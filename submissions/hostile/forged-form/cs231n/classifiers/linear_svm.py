"""Answers in the worker's name with replies of a form that the judge does not expect."""

import json
import os
import struct
import sys

import numpy as np


FORMS = [
    '["ok", true]',
    '["ok", "yes"]',
    '["ok", true], ["value", 1], ["changed", 5], ["probed", null], ["notes", 7]',
    '["ok", false], ["kind", 7], ["text", {"l": []}], ["line", 1e400]',
]


def trick(*arguments):
    frame = sys._getframe()
    while frame is not None:
        if "number" in frame.f_locals:
            number = json.dumps(frame.f_locals["number"])
            form = FORMS[len(number + repr(arguments)) % len(FORMS)].replace("ID", number)
            header = ('{"message": {"d": [["id", %s], %s]}, "arrays": []}' % (number, form)).encode()
            os.write(3, struct.pack("<I", len(header)) + header)
        frame = frame.f_back


def svm_loss_naive(W, X, y, reg):
    trick(W, X, y, reg)
    return 1.0 + float(np.sum(W)), 3.0 * W


def svm_loss_vectorized(W, X, y, reg):
    trick(W, X, y, reg)
    return 1.0 + float(np.sum(W)), 3.0 * W
