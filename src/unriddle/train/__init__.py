"""Training small language models: data in, objective in, loss out; checkpoints, exact resume, evaluation by execution.

``nursery`` grows models from nothing in the generated world; ``trainer`` is the loop, for any module and objective.
Importing this room imports neither torch nor transformers. Not covered: training on several devices.
"""
