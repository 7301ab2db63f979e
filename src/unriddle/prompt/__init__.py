"""How prompts are built and how code is read back out of completions.

Not covered: repair prompts (``unriddle.feedback``) and judging the code that was read back.
"""

from unriddle.prompt.extract import Style, extract, stop_strings
from unriddle.prompt.few_shot import Exemplar, few_shot
from unriddle.prompt.function import function_prompts
from unriddle.prompt.puzzle import puzzle_prompts
from unriddle.prompt.shown import call_text, shown_test
from unriddle.prompt.stub import stub_text

__all__ = [
    "Exemplar",
    "Style",
    "call_text",
    "extract",
    "few_shot",
    "function_prompts",
    "puzzle_prompts",
    "shown_test",
    "stop_strings",
    "stub_text",
]
