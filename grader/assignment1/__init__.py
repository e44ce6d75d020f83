"""CS231n's Assignment 1: questions, checks, mistakes, editions and support files."""
