"""How a function's body uses its parameters, gathered as votes for kinds of values; nothing is executed.

Every name has a ``Shape``: votes (``{"str": 3}``) and the shapes of what it holds. ``x.lower()`` votes for text,
``x[0]`` and ``for y in x`` open a shape inside, ``a < b`` and ``a + b`` make two names one. Not covered: what happens
behind calls of other functions, and attributes of objects.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from unriddle.testgen.method_names import INT_CALLS, ITEM_CALLS, KIND_OF_METHOD, NUMBER_CALLS
from unriddle.testgen.shape import Shape

__all__ = ["shapes_of_parameters"]

_SURE, _LIKELY, _HINT = 3.0, 1.0, 0.4

_NAMED = {"int": "int", "str": "str", "float": "float", "bool": "bool", "list": "list", "dict": "dict", "set": "set",
          "tuple": "tuple", "bytes": "bytes"}  # fmt: skip
_WHOLE = (ast.BitAnd, ast.BitOr, ast.BitXor, ast.LShift, ast.RShift)
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)


def shapes_of_parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, Shape]:
    """The shape of each parameter, by name."""
    args = node.args
    names = [a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
    walk = _Usage(node.name, names)
    for statement in node.body:
        walk.visit(statement)
    return {name: walk.names[name].find() for name in names}


class _Usage(ast.NodeVisitor):
    """Walks a body once, in order of the text."""

    def __init__(self, function: str, parameters: Sequence[str]) -> None:
        self.function = function
        self.parameters = list(parameters)
        self.names: dict[str, Shape] = {name: Shape() for name in parameters}

    def shape(self, node: ast.expr | None) -> Shape | None:
        """The shape of an expression; ``None`` where nothing can be learnt about a name."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id)
        if isinstance(node, ast.NamedExpr):
            return self.shape(node.value)
        if isinstance(node, ast.Subscript):
            base = self.shape(node.value)
            if base is None:
                return None
            return base if isinstance(node.slice, ast.Slice) else base.inside()
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub, ast.Mult, ast.Mod)):
            shapes = [self.shape(side) for side in (node.left, node.right)]
            texts = isinstance(node.op, ast.Mult) and any(map(_is_display, (node.left, node.right)))
            return None if texts else shapes[0] or shapes[1]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            return self.shape(node.operand)
        if isinstance(node, ast.Call):
            return self._result(node)
        return None

    def _result(self, node: ast.Call) -> Shape | None:
        name = _called(node)
        if isinstance(node.func, ast.Attribute):
            base = self.shape(node.func.value)
            if base is not None and name in ("lower", "upper", "strip", "copy", "lstrip", "rstrip"):
                return base
            if base is not None and name in ("pop", "popleft"):
                return base.inside()
            return None
        if len(node.args) == 1 and (base := self.shape(node.args[0])) is not None:
            if name in ("sorted", "list", "reversed", "tuple", "set", "iter", "deepcopy"):
                return Shape(item=base.inside())
            if name in ("abs", "max", "min", "sum", "next"):
                return base if name == "abs" else base.inside()
        return None

    def _tell(self, node: ast.expr | None, kind: str, weight: float) -> None:
        shape = self.shape(node)
        if shape is not None:
            shape.vote(kind, weight)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        for target in node.targets:
            self._bind(target, node.value)

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, (ast.Tuple, ast.List)):
            if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
                for one, other in zip(target.elts, value.elts, strict=True):
                    self._bind(one, other)
            elif (shape := self.shape(value)) is not None:
                self._take_apart(target, shape)
        elif isinstance(target, ast.Name):
            shape = self.shape(value)
            if target.id not in self.parameters:
                made = shape or Shape()
                if shape is None and isinstance(value, ast.Constant):
                    _constant(made, value.value, _HINT)
                self.names[target.id] = made
        elif isinstance(target, ast.Subscript):
            self._tell(target.value, "changed", _SURE)

    def _take_apart(self, target: ast.Tuple | ast.List, shape: Shape) -> None:
        base = shape.find()
        if any(isinstance(part, ast.Starred) for part in target.elts):
            base.vote("sequence", _LIKELY)
            return
        if base.row is None or len(base.row) != len(target.elts):
            base.row = [Shape() for _ in target.elts]
        base.vote("row", _LIKELY)
        for part, inside in zip(target.elts, base.row, strict=True):
            if isinstance(part, ast.Name) and part.id not in self.parameters:
                self.names[part.id] = inside

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Subscript):
            self._tell(node.target.value, "changed", _SURE)
        self._arithmetic(node.op, node.target, node.value)
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        self._loop(node.target, node.iter)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self._loop(node.target, node.iter)
        self.generic_visit(node)

    def visit(self, node: ast.AST) -> None:
        """Comprehensions bind their names before the rest is read; everything else goes in order."""
        if not isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            super().visit(node)
            return
        for generator in node.generators:
            self.visit(generator)
        for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            self.visit(part)

    def _loop(self, target: ast.expr, over: ast.expr) -> None:
        parts = over.args if isinstance(over, ast.Call) else []
        name = _called(over) if isinstance(over, ast.Call) else ""
        if name == "enumerate" and parts and isinstance(target, ast.Tuple) and len(target.elts) == 2:
            index = target.elts[0]
            if isinstance(index, ast.Name):
                self.names[index.id] = Shape({"int": 1.0})
            self._loop(target.elts[1], parts[0])
        elif name == "zip" and isinstance(target, ast.Tuple) and len(target.elts) == len(parts):
            for one, part in zip(target.elts, parts, strict=True):
                self._loop(one, part)
        elif name == "range":
            if isinstance(target, ast.Name):
                self.names[target.id] = Shape({"int": 1.0})
        elif name in ("items", "keys", "values") and isinstance(over, ast.Call):
            self._loop_dict(target, over, name)
        elif (shape := self.shape(over)) is not None:
            shape.vote("iterable", _LIKELY)
            if isinstance(target, (ast.Tuple, ast.List)):
                self._take_apart(target, shape.inside())
            elif isinstance(target, ast.Name) and target.id not in self.parameters:
                self.names[target.id] = shape.inside()

    def _loop_dict(self, target: ast.expr, over: ast.Call, name: str) -> None:
        base = self.shape(over.func.value) if isinstance(over.func, ast.Attribute) else None
        if base is None:
            return
        found = base.find()
        if found.key is None:
            found.key = Shape()
        shapes = {"items": [found.key, base.inside()], "keys": [found.key], "values": [base.inside()]}[name]
        parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
        for part, shape in zip(parts, shapes, strict=False):
            if isinstance(part, ast.Name):
                self.names[part.id] = shape
            elif isinstance(part, (ast.Tuple, ast.List)):
                self._take_apart(part, shape)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        base = self.shape(node.value)
        if base is not None:
            if isinstance(node.slice, ast.Slice):
                base.vote("sequence", _LIKELY)
                for end in (node.slice.lower, node.slice.upper, node.slice.step):
                    self._tell(end, "int", _LIKELY)
            elif isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
                base.vote("dict", _SURE)
                key = base.find().key = base.find().key or Shape()
                key.vote("str", _SURE)
            elif isinstance(node.slice, ast.Tuple):
                base.vote("dict", _LIKELY)
            else:
                base.vote("sequence", _LIKELY)
                self._index(base, node.slice)
        elif self.shape(node.slice) is not None:
            self._tell(node.slice, "int", _HINT)
        self.generic_visit(node)

    def _index(self, base: Shape, index: ast.expr) -> None:
        found = self.shape(index)
        if found is not None and _prefers_text(found):
            base.vote("dict", _LIKELY)
            base.find().key = found
        else:
            self._tell(index, "int", _HINT)

    def visit_Compare(self, node: ast.Compare) -> None:
        sides = [node.left, *node.comparators]
        for op, left, right in zip(node.ops, sides, sides[1:], strict=False):
            if isinstance(op, (ast.In, ast.NotIn)):
                self._member(left, right)
            elif isinstance(op, (ast.Is, ast.IsNot)):
                if isinstance(right, ast.Constant) and right.value is None:
                    self._tell(left, "none", _LIKELY)
            elif isinstance(op, _ORDER):
                weight = _LIKELY if isinstance(op, (ast.Eq, ast.NotEq)) else 2 * _LIKELY
                self._alike(left, right, weight)
        self.generic_visit(node)

    def _member(self, left: ast.expr, right: ast.expr) -> None:
        container, item = self.shape(right), self.shape(left)
        if container is not None:
            container.vote("iterable", _LIKELY)
            if isinstance(left, ast.Constant):
                _constant(container.inside(), left.value, _LIKELY)
            elif item is not None and item.find() is not container.find():
                container.inside().join(item)
        elif item is not None:
            if isinstance(right, ast.Constant) and isinstance(right.value, str):
                item.vote("str", 2 * _LIKELY)
            elif isinstance(right, (ast.List, ast.Tuple, ast.Set)):
                for part in right.elts:
                    if isinstance(part, ast.Constant):
                        _constant(item, part.value, _LIKELY)

    def _alike(self, left: ast.expr, right: ast.expr, weight: float) -> None:
        one, two = self.shape(left), self.shape(right)
        if one is not None and two is not None:
            one.join(two)
        for shape, other in ((one, right), (two, left)):
            if shape is None:
                continue
            value = _value(other)
            if value is not None:
                _constant(shape, value, weight)
            elif isinstance(other, ast.Call) and _called(other) in ("len", "ord", "index", "count"):
                shape.vote("int", weight)
            elif isinstance(other, ast.List):
                shape.vote("list", weight)
            elif isinstance(other, ast.Subscript) and isinstance(other.slice, ast.Slice):
                shape.vote("sequence", _HINT)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        self._arithmetic(node.op, node.left, node.right)
        self.generic_visit(node)

    def _arithmetic(self, op: ast.operator, left: ast.expr, right: ast.expr) -> None:
        if isinstance(op, ast.Mod) and isinstance(left, ast.Constant) and isinstance(left.value, str):
            return
        if isinstance(op, (ast.Add, ast.Sub)):
            self._alike(left, right, 2 * _LIKELY)
        if (
            isinstance(op, ast.Mult)
            and isinstance(left, (ast.List, ast.Constant))
            and not isinstance(_value(left), (int, float))
        ):
            self._tell(right, "int", _SURE)
            return
        if isinstance(op, ast.Add):
            for one, other in ((left, right), (right, left)):
                if isinstance(other, (ast.List, ast.ListComp)):
                    self._tell(one, "list", 2 * _LIKELY)
                if isinstance(other, ast.Call) and _called(other) in ("str", "chr"):
                    self._tell(one, "str", 2 * _LIKELY)
            return
        kind = "int" if isinstance(op, (*_WHOLE, ast.Mod, ast.FloorDiv)) else "number"
        for side in (left, right):
            self._tell(side, kind, 2 * _LIKELY)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, (ast.USub, ast.UAdd)):
            self._tell(node.operand, "number", _LIKELY)
        elif isinstance(node.op, ast.Invert):
            self._tell(node.operand, "int", _SURE)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = _called(node)
        if isinstance(node.func, ast.Attribute):
            self._method(node, node.func.value, name)
        if name == self.function:
            for parameter, arg in zip(self.parameters, node.args, strict=False):
                self._alike(ast.Name(parameter), arg, _LIKELY)
        elif name == "isinstance" and len(node.args) == 2:
            wanted = node.args[1].elts if isinstance(node.args[1], ast.Tuple) else [node.args[1]]
            for part in wanted:
                if isinstance(part, ast.Name) and part.id in _NAMED:
                    self._tell(node.args[0], _NAMED[part.id], _LIKELY)
        else:
            for place, arg in enumerate(node.args):
                self._passed(name, place, arg, alone=len(node.args) == 1)
        self.generic_visit(node)

    def _method(self, node: ast.Call, base: ast.expr, name: str) -> None:
        if isinstance(base, ast.Constant) and isinstance(base.value, str) and name == "join" and node.args:
            shape = self.shape(node.args[0])
            if shape is not None:
                shape.vote("list", _LIKELY)
                shape.inside().vote("str", _LIKELY)
            return
        if name in KIND_OF_METHOD:
            self._tell(base, KIND_OF_METHOD[name], _SURE)
        elif name in ("pop", "index", "count", "remove", "copy", "clear"):
            self._tell(base, "sequence" if name in ("index", "count") else "list", _LIKELY)
        if name in ("append", "remove", "count", "index") and node.args and (holder := self.shape(base)) is not None:
            item = self.shape(node.args[0])
            if item is not None:
                holder.inside().join(item)
        if KIND_OF_METHOD.get(name) == "str" and name not in ("join", "format", "encode", "zfill", "ljust", "rjust"):
            for arg in node.args:
                self._tell(arg, "str", _LIKELY)

    def _passed(self, name: str, place: int, arg: ast.expr, *, alone: bool) -> None:
        shape = self.shape(arg)
        if shape is None:
            return
        if name in NUMBER_CALLS:
            shape.vote("number", _LIKELY)
        elif name in INT_CALLS:
            shape.vote("int", _SURE)
        elif name == "len":
            shape.vote("sized", _LIKELY)
        elif name == "ord":
            shape.vote("str", _SURE)
        elif name == "int":
            shape.vote("str", _HINT)
            shape.vote("number", _HINT)
        elif name in ("sum", "fsum", "prod"):
            shape.vote("iterable", 2 * _LIKELY)
            shape.inside().vote("number", _LIKELY)
        elif name in ("heapify", "heappop", "heappush", "bisect", "bisect_left", "bisect_right", "insort"):
            if place == 0:
                shape.vote("list", _SURE)
        elif name in ITEM_CALLS or name in ("zip", "enumerate", "filter", "map") or (name in ("max", "min") and alone):
            if not (name in ("filter", "map") and place == 0):
                shape.vote("iterable", _LIKELY)
        elif name in ("max", "min"):
            shape.vote("number", _LIKELY)


def _is_display(node: ast.expr) -> bool:
    """A sequence written down; what it is multiplied with tells nothing of it."""
    return isinstance(node, (ast.List, ast.Tuple, ast.JoinedStr)) or isinstance(_value(node), str)


def _prefers_text(shape: Shape) -> bool:
    votes = shape.find().votes
    return votes.get("str", 0.0) > votes.get("int", 0.0)


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _value(node: ast.expr) -> bool | int | float | str | bytes | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _value(node.operand)
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, (bool, int, float, str, bytes)) else None


def _constant(shape: Shape, value: object, weight: float) -> None:
    names = {bool: "bool", int: "int", float: "float", str: "str", bytes: "bytes"}
    if value is None:
        shape.vote("none", _HINT)
    elif type(value) in names:
        shape.vote(names[type(value)], weight)
