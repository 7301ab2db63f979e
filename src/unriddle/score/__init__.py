"""Scores: ``Verdicts -> (n,)``, higher is better, −inf for "never". One file per idea."""
