"""`python -m grader.cli`."""

from grader.cli.commands import main

main()
