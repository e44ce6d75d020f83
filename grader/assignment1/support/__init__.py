"""Small stand-ins for the course's own modules, given to a submission that lacks them.

They keep the course's names, arguments and results, and run beside the student's code, never in the judge.
"""
