"""Choosing a program by asking: the input on which the leading programs disagree most, and what should come out."""

from unriddle.choose.loop import Asked, Behaviour, Choice, choose_by_asking
from unriddle.choose.question import Answer, Option, Question, answers_in_turn, ask_program, ask_table, read_answer

__all__ = [
    "Answer",
    "Asked",
    "Behaviour",
    "Choice",
    "Option",
    "Question",
    "answers_in_turn",
    "ask_program",
    "ask_table",
    "choose_by_asking",
    "read_answer",
]
