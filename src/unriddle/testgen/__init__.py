"""Columns of the matrix: where tests and inputs come from. One file per idea.

Not covered: running them (``unriddle.execute``) and choosing by what they show (``unriddle.score``).
"""
