"""Scores: Verdicts -> (n,), one file per idea."""
