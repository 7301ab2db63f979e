"""BIG-Bench Hard: 27 sets of questions with short answers (Suzgun 2022, MIT licence), and a recorded model's answers.

Reads the repository's own folders ``bbh``, ``cot-prompts`` and ``code-davinci-002-outputs``, in a folder or in
``.tar`` archives (``.xz``, ``.gz``) that lie there. The questions ask for an answer and not for a program, so this is
no ``TaskBenchmark``: examples hold question and answer, ``matches`` decides as the published scores do, and
``recorded`` gives what code-davinci-002 answered, directly and with a chain of thought.

Every file holds a canary: the data must not get into training corpora. Not covered: asking a model.
"""

from __future__ import annotations

import json
import lzma
import re
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from unriddle.benchmarks.base import near
from unriddle.benchmarks.rows import text_field
from unriddle.errors import BadInput

__all__ = ["BigBenchHard", "Example", "Recorded", "Shot", "final_answer", "load", "matches"]

Style = Literal["direct", "cot"]

_OUTPUTS = "code-davinci-002-outputs/code-davinci-002-{style}/{task}_few_shot_template_0-255000"
_KINDS = (".json", ".jsonl", ".txt")
_SHOT = re.compile(r"^Q: (?P<question>.*?)^A: (?P<thought>.*?)(?=^Q: |\Z)", re.DOTALL | re.MULTILINE)


def load(path: str | Path) -> BigBenchHard:
    """The benchmark's files, read into memory (about 30 MB with the recorded answers).

    Args:
        path: Folder that holds ``bbh`` or ``bbh.tar.xz``, and perhaps prompts and recorded answers.

    Raises:
        BadInput: There is no such folder, a file in it cannot be read, or it holds no set.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise BadInput(f"{folder}: expected a folder that holds bbh or bbh.tar.xz, found none")
    files = {}
    for file in sorted(folder.glob("**/*")):
        name = str(file.relative_to(folder))
        try:
            if re.search(r"\.tar(\.\w+)?$", name):
                files.update(_members(file))
            elif file.is_file() and file.suffix in _KINDS:
                files[name] = file.read_bytes()
        except (OSError, EOFError, lzma.LZMAError, tarfile.TarError) as error:
            raise BadInput(f"{file}: cannot be read ({error})") from error
    found = BigBenchHard(files, str(folder))
    if not found.tasks:
        raise BadInput(f"{folder}: expected the folder bbh with one JSON file for each set, found none")
    return found


def final_answer(text: str, *, style: Style = "direct") -> str:
    """The answer in a model's text: all of it, or what follows ``answer is`` at the end of a chain of thought.

    >>> final_answer("2 + 2 = 4. So the answer is 4.", style="cot")
    '4'
    """
    answer = text.strip()
    if style == "cot":
        answer = answer.split("answer is ")[-1].strip().removesuffix(".")
    return answer.strip()


def matches(answer: str, target: str) -> bool:
    """Whether an answer is right: the same text, but for blanks around it."""
    return answer.strip() == target.strip()


def _members(archive: Path) -> dict[str, bytes]:
    """The files of an archive, in one pass."""
    found = {}
    with tarfile.open(archive) as opened:
        for member in opened:
            file = opened.extractfile(member) if member.isfile() and Path(member.name).suffix in _KINDS else None
            if file is not None:
                found[member.name] = file.read()
    return found


def _rows(text: str, key: str, *, where: str) -> list[dict[str, Any]]:
    try:
        rows = json.loads(text)[key]
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{where}: expected a JSON object with {key!r} in it ({error!r})") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadInput(f"{where}: {key!r} must be a list of objects")
    return rows


@dataclass(frozen=True, slots=True)
class Example:
    """One question.

    Attributes:
        task: Name of its set.
        number: Its place in the set, from 0.
        question: The text.
        answer: What is right.
    """

    task: str
    number: int
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Shot:
    """A published worked example; none of them is in the set.

    Attributes:
        question: The text.
        thought: The chain of thought, with its last sentence.
        answer: The final answer.
    """

    question: str
    thought: str
    answer: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What code-davinci-002 wrote for a set.

    Attributes:
        task: Name of the set.
        style: ``direct`` or ``cot``.
        predictions: Its texts, in the order of the set.
        right: Whether each matches, judged here.
        accuracy: The published share in percent.
    """

    task: str
    style: Style
    predictions: tuple[str, ...]
    right: tuple[bool, ...]
    accuracy: float


@dataclass(frozen=True, slots=True)
class BigBenchHard:
    """The files of the benchmark.

    Attributes:
        files: Text by path.
        where: Where they were read, for messages.
    """

    files: Mapping[str, bytes]
    where: str

    @property
    def tasks(self) -> list[str]:
        """Names of the sets, sorted."""
        return sorted(Path(name).stem for name in self.files if re.search(r"(^|/)bbh/\w+\.json$", name))

    def examples(self, task: str) -> tuple[Example, ...]:
        """A set's examples in the published order.

        Raises:
            BadInput: There is no such set, or its file is damaged.
        """
        where = f"bbh, set {task}"
        rows = _rows(self._text(f"bbh/{task}.json"), "examples", where=where)
        return tuple(
            Example(task, i, text_field(row, "input", where=where), text_field(row, "target", where=where))
            for i, row in enumerate(rows)
        )

    def shots(self, task: str) -> tuple[str, tuple[Shot, ...]]:
        """The published prompt of a set: its first sentence, and its worked examples.

        Raises:
            BadInput: There is no prompt for the set, or it has another form.
        """
        text = self._text(f"cot-prompts/{task}.txt").partition("-----\n")[2]
        head, _, rest = text.partition("\n\n")
        found = tuple(
            Shot(one["question"].strip(), one["thought"].strip(), final_answer(one["thought"], style="cot"))
            for one in _SHOT.finditer(rest)
        )
        if not found:
            raise BadInput(f"bbh, prompt of {task}: expected worked examples 'Q: … A: …', found none")
        return head.strip(), found

    def recorded(self, task: str, *, style: Style = "direct") -> Recorded:
        """The recorded answers of code-davinci-002 to a set, judged again.

        Raises:
            BadInput: There is no recording, it is damaged, or it does not belong to these examples.
        """
        where = f"bbh, recorded {style} answers to {task}"
        stem = _OUTPUTS.format(style=style, task=task)
        rows = _rows(self._text(f"{stem}.json"), "outputs", where=where)
        examples = self.examples(task)
        if len(rows) != len(examples):
            raise BadInput(f"{where}: {len(rows)} answers to {len(examples)} questions; they do not belong together")
        texts = tuple(text_field(row, "prediction", where=where) for row in rows)
        try:
            accuracy = float(json.loads(self._text(f"{stem}_eval_metrics.jsonl").splitlines()[0])["accuracy"])
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise BadInput(f"{where}: expected the published score in {stem}_eval_metrics.jsonl ({error!r})") from error
        answers = [final_answer(text, style=style) for text in texts]
        right = tuple(matches(answer, one.answer) for answer, one in zip(answers, examples, strict=True))
        return Recorded(task, style, texts, right, accuracy)

    def _text(self, name: str) -> str:
        """The text of a file, by the end of its path."""
        found = [one for one in self.files if one == name or one.endswith(f"/{name}")]
        if not found:
            known = [one for one in self.files if one.endswith(Path(name).suffix)]
            raise BadInput(f"{self.where}: there is no file {name}; {near(name, known)}")
        try:
            return self.files[found[0]].decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadInput(f"{self.where}, {found[0]}: expected text ({error})") from error
