"""Data: a world of generated problems, task formats over it, and lazy steps over records.

Not covered: published benchmarks (``unriddle.benchmarks``) and training (``unriddle.train``).
"""
