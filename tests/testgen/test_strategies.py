import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from unriddle.testgen.kinds import fits, kind_of_annotation
from unriddle.testgen.strategies import arguments_of, strategy_of

ANNOTATIONS = ["int", "float", "str", "bool", "None", "List[int]", "Dict[str,List[float]]", "Tuple[int,str]"]
ANNOTATIONS += ["Tuple[int,...]", "Set[str]", "Optional[int]", "Union[int,str]", "bytes", "FrozenSet[int]"]


@pytest.mark.parametrize("annotation", ANNOTATIONS)
def test_values_are_of_the_annotated_kind(annotation):
    kind = kind_of_annotation(annotation)

    @given(strategy_of(kind))
    @settings(max_examples=25, deadline=None, database=None)
    def check(value):
        assert fits(value, kind)

    check()


def test_arguments_are_guessed_where_nothing_is_annotated():
    @given(arguments_of("def f(text, n=2):\n    return text.lower() * n\n", "f"))
    @settings(max_examples=25, deadline=None, database=None)
    def check(args):
        assert [type(value) for value in args] == [str, int]

    check()


def test_constants_of_the_source_are_drawn_and_counterexamples_shrink():
    source = "def f(word: str) -> bool:\n    return word == 'xyzzy'\n"
    assert find(arguments_of(source, "f"), lambda args: args[0] == "xyzzy") == ("xyzzy",)
    numbers = arguments_of("def f(xs: list[int]):\n    return xs\n", "f")
    assert find(numbers, lambda args: sum(args[0]) > 10) == ([11],)


def test_known_inputs_tell_kinds():
    strategy = arguments_of("def f(x):\n    return x\n", "f", known=[([1.5, 2.5],)])
    assert isinstance(find(strategy, lambda args: len(args[0]) > 1)[0][0], float)
    assert isinstance(strategy, st.SearchStrategy)
