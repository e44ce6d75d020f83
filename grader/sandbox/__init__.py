"""The wall between the judge and the student's code."""
