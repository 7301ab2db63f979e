"""A term over texts and numbers as a spreadsheet formula, for Excel and LibreOffice in English names.

Places count from 1 there, a place outside is an error, ``=`` ignores case, and a search for nothing is no search: what
SMT-LIB says is kept by ``IFERROR``, ``EXACT`` and case distinctions, and only where it can matter.
Not covered: bit-vectors, regular expressions, the order of texts. A spreadsheet counts a character beyond U+FFFF as two
and keeps 15 digits of a number; there a formula may differ.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

from unriddle.errors import Unsupported
from unriddle.grammar.expand import expanded, expanded_size
from unriddle.grammar.smt import NAMES, Definitions
from unriddle.grammar.sorts import term_sort
from unriddle.grammar.term import Term

__all__ = ["formula", "text_literal"]

_MAX_SIZE, _MAX_LENGTH, _MAX_LITERAL, _MAX_DEPTH = 2000, 8000, 255, 60


def formula(
    body: Term, cells: Mapping[str, str], *, sorts: Mapping[str, str], definitions: Definitions | None = None
) -> str:
    """The formula, beginning with ``=``.

    Args:
        body: The term.
        cells: Which cell each variable is in (``{"x": "A2"}``).
        sorts: Sort of each variable.
        definitions: Functions the term may use.

    Raises:
        Unsupported: It has no formula; the message says why.

    >>> from unriddle.grammar.term import literal
    >>> formula(Term("str.at", (Term("x"), literal(0))), {"x": "A2"}, sorts={"x": "String"})
    '=MID(A2,1,1)'
    """
    definitions = definitions or {}
    if expanded_size(body, definitions, limit=_MAX_SIZE) > _MAX_SIZE:
        raise Unsupported(f"no formula: the program has more than {_MAX_SIZE} nodes")
    made = _Writer(cells, sorts).write(expanded(body, definitions), 0)
    if len(made) > _MAX_LENGTH:
        raise Unsupported(f"no formula: it would have {len(made)} characters, and spreadsheets take {_MAX_LENGTH}")
    return f"={made}"


def text_literal(text: str) -> str:
    """A text as a spreadsheet writes it; control characters by ``CHAR``.

    Raises:
        Unsupported: It is longer than a formula allows.

    >>> print(text_literal('say "no" twice'))
    "say ""no"" twice"
    """
    if len(text) > _MAX_LITERAL:
        raise Unsupported(f"no formula: a text of {len(text)} characters, and formulas take {_MAX_LITERAL}")
    if not text:
        return '""'
    parts: list[str] = []
    for letter in text:
        if letter < " ":
            parts.append(f"CHAR({ord(letter)})")
        elif parts and parts[-1].startswith('"'):
            parts[-1] = parts[-1][:-1] + letter.replace('"', '""') + '"'
        else:
            parts.append('"' + letter.replace('"', '""') + '"')
    return parts[0] if len(parts) == 1 else f"({'&'.join(parts)})"


class _Writer:
    def __init__(self, cells: Mapping[str, str], sorts: Mapping[str, str]) -> None:
        self._cells, self._sorts = cells, sorts

    def write(self, term: Term, depth: int) -> str:
        if depth > _MAX_DEPTH:
            raise Unsupported("no formula: the program is nested too deeply for a spreadsheet")
        if term.value is not None:
            return self._literal(term)
        if not term.args:
            return self._cells[term.head]
        name = NAMES.get(term.head, term.head)
        args = [self.write(arg, depth + 1) for arg in term.args]
        if name == "=" or name == "distinct":
            return self._equal(term, args, name)
        if name in _WAYS:
            return _WAYS[name](term.args, args)
        raise Unsupported(f"no formula: spreadsheets have nothing like {term.head}")

    def _literal(self, term: Term) -> str:
        if isinstance(term.value, bool):
            return "TRUE" if term.value else "FALSE"
        if isinstance(term.value, int):
            if abs(term.value) >= 10**15:
                raise Unsupported(f"no formula: {term.value} has more than 15 digits")
            return str(term.value) if term.value >= 0 else f"({term.value})"
        if isinstance(term.value, str):
            return text_literal(term.value)
        raise Unsupported("no formula: spreadsheets have no bit-vectors")

    def _equal(self, term: Term, args: Sequence[str], name: str) -> str:
        sort = term_sort(term.args[0], self._sorts, functions={})
        pairs = list(itertools.pairwise(args))
        if name == "distinct" and len(args) > 2:
            pairs = [(a, b) for i, a in enumerate(args) for b in args[i + 1 :]]
        shown = [f"EXACT({a},{b})" if sort == "String" else f"({a}={b})" for a, b in pairs]
        if name == "distinct":
            shown = [f"NOT({one})" for one in shown]
        return shown[0] if len(shown) == 1 else f"AND({','.join(shown)})"


def _known(term: Term) -> bool:
    return term.value is not None


def _natural(term: Term) -> bool:
    """Whether it is surely no negative number."""
    value = term.value
    return term.head == "str.len" or (isinstance(value, int) and not isinstance(value, bool) and value >= 0)


def _after(term: Term, shown: str) -> str:
    """One more, which is how places are counted here."""
    return str(term.value + 1) if isinstance(term.value, int) and term.value >= 0 else f"{shown}+1"


def _at(terms: Sequence[Term], args: Sequence[str]) -> str:
    made = f"MID({args[0]},{_after(terms[1], args[1])},1)"
    return made if _natural(terms[1]) else f'IFERROR({made},"")'


def _substr(terms: Sequence[Term], args: Sequence[str]) -> str:
    text, start, size = args
    if terms[1].value == 0:
        made = f"LEFT({text},{size})"
        return made if _natural(terms[2]) else f'IFERROR({made},"")'
    made = f"MID({text},{_after(terms[1], start)},{size})"
    return made if _natural(terms[1]) and _natural(terms[2]) else f'IFERROR({made},"")'


def _indexof(terms: Sequence[Term], args: Sequence[str]) -> str:
    text, mark, start = args
    made = f"IFERROR(FIND({mark},{text},{_after(terms[2], start)})-1,-1)"
    if terms[2].value == 0:
        made = f"IFERROR(FIND({mark},{text})-1,-1)"
    if terms[1].value:
        return made
    return f"IF(LEN({mark})=0,IF(AND({start}>=0,{start}<=LEN({text})),{start},-1),{made})"


def _replace(terms: Sequence[Term], args: Sequence[str]) -> str:
    made = f"SUBSTITUTE({args[0]},{args[1]},{args[2]},1)"
    return made if terms[1].value else f"IF(LEN({args[1]})=0,{args[2]}&{args[0]},{made})"


def _contains(terms: Sequence[Term], args: Sequence[str]) -> str:
    made = f"ISNUMBER(FIND({args[1]},{args[0]}))"
    return made if terms[1].value else f"IF(LEN({args[1]})=0,TRUE,{made})"


def _to_int(terms: Sequence[Term], args: Sequence[str]) -> str:
    text = args[0]
    return f'IFERROR(IF(EXACT(TEXT(VALUE({text}),REPT("0",LEN({text}))),{text}),VALUE({text}),-1),-1)'


def _from_int(terms: Sequence[Term], args: Sequence[str]) -> str:
    made = f'TEXT({args[0]},"0")'
    return made if _natural(terms[0]) else f'IF({args[0]}<0,"",{made})'


def _minus(terms: Sequence[Term], args: Sequence[str]) -> str:
    return f"(-{args[0]})" if len(args) == 1 else f"({'-'.join(args)})"


def _div(terms: Sequence[Term], args: Sequence[str]) -> str:
    a, b = args
    down = f"INT({a}/{b})"
    return down if _natural(terms[1]) else f"IF({b}>0,{down},-INT({a}/-{b}))"


def _between(sign: str) -> Callable[[Sequence[Term], Sequence[str]], str]:
    return lambda terms, args: f"({sign.join(args)})"


def _call(name: str) -> Callable[[Sequence[Term], Sequence[str]], str]:
    return lambda terms, args: f"{name}({','.join(args)})"


_WAYS: dict[str, Callable[[Sequence[Term], Sequence[str]], str]] = {
    "str.++": _between("&"), "str.len": _call("LEN"), "str.at": _at, "str.substr": _substr, "str.indexof": _indexof,
    "str.replace": _replace, "str.replace_all": _call("SUBSTITUTE"), "str.contains": _contains,
    "str.prefixof": lambda terms, args: f"EXACT(LEFT({args[1]},LEN({args[0]})),{args[0]})",
    "str.suffixof": lambda terms, args: f"EXACT(RIGHT({args[1]},LEN({args[0]})),{args[0]})",
    "str.is_digit": lambda terms, args: f'AND(LEN({args[0]})=1,ISNUMBER(FIND({args[0]},"0123456789")))',
    "str.to_int": _to_int, "str.from_int": _from_int, "+": _between("+"), "-": _minus, "*": _between("*"),
    "abs": _call("ABS"), "div": _div, "mod": lambda terms, args: f"MOD({args[0]},ABS({args[1]}))",
    "<": _between("<"), "<=": _between("<="), ">": _between(">"), ">=": _between(">="), "and": _call("AND"),
    "or": _call("OR"), "not": _call("NOT"), "ite": _call("IF"),
    "xor": lambda terms, args: f"NOT({args[0]}={args[1]})", "=>": lambda terms, args: f"OR(NOT({args[0]}),{args[1]})",
}  # fmt: skip
