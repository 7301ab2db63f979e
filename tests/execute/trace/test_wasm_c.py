"""C programs compiled, watched in the sandbox and from the command line, with counts beside their lines."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from unriddle.cli.main import main
from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.execute.python import PythonExecutor
from unriddle.execute.trace.wasm import (
    EVERYWHERE,
    MONITORS,
    PACKAGES,
    Machine,
    WasmLimits,
    compile_c,
    monitors_of,
    text_to_wasm,
    watch,
)
from unriddle.execute.trace.wasm.c import clang

pytest.importorskip("wasmtime", reason="needs the extra wasm")
pytest.importorskip("elftools", reason="needs the extra wasm")

with_clang = pytest.mark.skipif(
    clang() is None or not Path("/usr/include/wasm32-wasi/stdio.h").exists(),
    reason="needs clang and wasi-libc (apt install clang-14 lld-14 wasi-libc libclang-rt-14-dev-wasm32)",
)

GCD = """\
#include <stdio.h>
int gcd(int a, int b) {
  while (b) {
    int t = a % b;
    a = b; b = t;
  }
  return a;
}
int main(void) {
  int a, b;
  if (scanf("%d %d", &a, &b) != 2)
    return 1;
  printf("%d\\n", gcd(a, b));
  return 0;
}
"""


@pytest.fixture(scope="module")
def executor() -> Iterator[PythonExecutor]:
    with open_executor(workers=1, packages=PACKAGES) as opened:
        yield opened  # type: ignore[misc]


@with_clang
def test_lines_of_c_are_counted(executor: PythonExecutor) -> None:
    found = watch(compile_c(GCD), "gcd", [12, 18], executor=executor, monitors=["hotness", "loops", "tree", "branches"])
    assert found.ended.values == (6,)
    assert dict(found.reports["hotness"]["lines"]) == {
        2: 1, 3: 4, 4: 3, 5: 3, 7: 1, 9: 0, 11: 0, 12: 0, 13: 0, 14: 0, 15: 0,
    }  # fmt: skip
    assert next(row for row in found.reports["loops"]["rows"] if row[0] == "gcd")[2] == 4
    assert found.reports["branches"]["rows"][0][3] == [3, 1]
    assert found.reports["tree"]["rows"] == [[-1, "gcd", [12, 18], [6]]]


@with_clang
def test_variables_of_c_have_their_names_and_types(executor: PythonExecutor) -> None:
    source = """double half(double x, unsigned char n) {
  double y = x / 2;
  for (int i = 0; i < 3; i++)
    y += n;
  return y;
}
"""
    found = watch(compile_c(source), "half", [3.0, 200], executor=executor, monitors=["values"])
    seen = found.reports["variables"]
    assert (seen["half n"], seen["half x"]) == ([200], [3.0])
    assert seen["half i"] == [0, 1, 2, 3]
    assert [y for y in seen["half y"] if y] == [1.5, 201.5, 401.5, 601.5]  # 0.0 was there before


@with_clang
def test_a_whole_program_reads_and_prints(executor: PythonExecutor) -> None:
    wasm = compile_c(GCD, reactor=False)
    found = watch(wasm, executor=executor, monitors=["coverage"], stdin=b"30 12")
    assert (found.ended.how, found.ended.stdout) == ("returned", "6\n")
    assert [line for line, ran in found.reports["coverage"]["lines"] if not ran] == [12]
    found = watch(wasm, executor=executor, monitors=["coverage"], stdin=b"30")
    assert (found.ended.how, found.ended.exit_code) == ("exited", 1)


@with_clang
def test_programs_find_no_files(executor: PythonExecutor) -> None:
    source = '#include <stdio.h>\nint f(void) { return fopen("/etc/passwd", "r") != 0 || fopen("x", "w") != 0; }\n'
    assert watch(compile_c(source), "f", executor=executor, monitors=["calls"]).ended.values == (0,)


@with_clang
@pytest.mark.parametrize("isolation", ["namespaces", "rlimits"])
def test_files_of_this_machine_are_not_read(tmp_path: Path, isolation: str) -> None:
    """By whatever words: clang itself does not see them."""
    secret = tmp_path / "secret.h"
    secret.write_text("int secret;\n")
    for path in (secret, Path("/etc/passwd"), Path("/proc/self/environ"), Path(__file__)):
        for text in (
            f'#include "{path}"',
            f"%:include <{path}>",
            f"#define H <{path}>\n#inc\\\nlude H",
            f'__asm__(".incbin \\"{path}\\"");',
            f'#define X(a, b) a##b\nX(__as, m__)("." "inc" "bin \\"{path}\\"");',
        ):
            with pytest.raises(BadInput, match=r"not found|not find|ermission") as refused:
                compile_c(text + "\nint f(void) { return 0; }\n", isolation=isolation)
            assert "int secret" not in str(refused.value)


@with_clang
def test_a_program_may_have_assembly_and_headers_of_the_library(executor: PythonExecutor) -> None:
    source = '#include <stdlib.h>\nint f(int a) { __asm__ volatile("nop"); return abs(a); }'
    assert watch(compile_c(source), "f", [-3], executor=executor, monitors=[]).ended.values == (3,)


@pytest.mark.slow
@with_clang
def test_programs_that_cost_too_much_to_compile_are_refused() -> None:
    bomb = ["#define A0 1,", *(f"#define A{i + 1} {f'A{i} ' * 10}" for i in range(9)), "int a[] = {A9};"]
    with pytest.raises(BadInput, match=r"needs more than|did not end"):
        compile_c("\n".join(bomb))


@with_clang
def test_a_program_that_does_not_compile_is_told_where() -> None:
    with pytest.raises(BadInput, match=r"program\.c:1:22: error"):
        compile_c("int f(void) { return x; }")


def test_endless_modules_end_in_the_sandbox(executor: PythonExecutor) -> None:
    wasm = text_to_wasm('(module (func (export "f") loop br 0 end))')
    limits = WasmLimits(fuel=100_000)
    found = watch(wasm, "f", executor=executor, monitors=["loops"], limits=limits)
    assert found.ended.how == "out of fuel"
    assert found.reports["loops"]["rows"][0][2] > 1000
    with pytest.raises(BadInput, match="not exported"):
        watch(wasm, "g", executor=executor)


SORT = """#include <stdio.h>
#include <stdlib.h>
static int by_value(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
int main(void) {
  int n = 40, *v = malloc(n * sizeof *v);
  for (int i = 0; i < n; i++) v[i] = (i * 7919 + 13) % 101;
  qsort(v, n, sizeof *v, by_value);
  double sum = 0;
  for (int i = 0; i < n; i++) { printf("%d ", v[i]); sum += v[i] / 3.0; }
  printf("%.6f %d\\n", sum, rand());
  free(v);
  return 4;
}
"""


@with_clang
def test_modules_with_debug_information_have_their_lines_counted_too(tmp_path: Path, executor: PythonExecutor) -> None:
    Path(tmp_path, "other.c").write_text(GCD)
    command = [str(clang()), "--target=wasm32-wasi", "-g", "-mexec-model=reactor", "-Wl,--export-all"]
    subprocess.run([*command, "other.c", "-o", "o.wasm"], cwd=tmp_path, check=True)
    given = watch(Path(tmp_path, "o.wasm").read_bytes(), "gcd", [12, 18], executor=executor, monitors=["hotness"])
    ours = watch(compile_c(GCD), "gcd", [12, 18], executor=executor, monitors=["hotness"])
    assert given.reports["hotness"]["lines"] == ours.reports["hotness"]["lines"] != []
    subprocess.run([*command[:3], "other.c", "-o", "m.wasm"], cwd=tmp_path, check=True)
    whole = watch(Path(tmp_path, "m.wasm").read_bytes(), executor=executor, monitors=["values"], stdin=b"12 18")
    assert whole.ended.stdout == "6\n"
    assert whole.reports["variables"]["gcd b"] == ours_values(executor)


def ours_values(executor: PythonExecutor) -> list[int]:
    return watch(compile_c(GCD), "gcd", [12, 18], executor=executor, monitors=["values"]).reports["variables"]["gcd b"]


@pytest.mark.slow
@with_clang
def test_a_c_program_does_the_same_under_all_monitors() -> None:
    wasm = compile_c(SORT, reactor=False)
    bare = replace(Machine(wasm).run(), fuel=0)
    expected = sorted((i * 7919 + 13) % 101 for i in range(40))
    assert bare.stdout.split()[:-2] == [str(v) for v in expected]
    assert (bare.exit_code, bare.stdout.split()[-2]) == (4, f"{sum(expected) / 3:.6f}")
    watched = Machine(wasm)
    watched.attach(*monitors_of(list(MONITORS), instructions=10**9))
    assert replace(watched.run(), fuel=0) == bare
    probed = Machine(wasm, reserve=EVERYWHERE, reserve_sees="frame")
    probed.attach(*monitors_of(["hotness", "branches"]))
    assert replace(probed.run(), fuel=0) == bare


def test_a_memory_that_grows_in_many_steps_stays_cheap(executor: PythonExecutor) -> None:
    grow = "loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1))) end memory.size"
    wasm = text_to_wasm(f'(module (memory 0) (func (export "f") (result i32) {grow}))')
    ended = watch(wasm, "f", executor=executor, limits=WasmLimits(memory_mb=128)).ended
    assert (ended.how, ended.values) == ("returned", (2048,))


def test_what_the_sandbox_lacks_and_damaged_debug_information_are_told(executor: PythonExecutor) -> None:
    wasm = text_to_wasm('(module (func (export "f")))')
    with open_executor(workers=1) as bare, pytest.raises(BadInput, match="packages=PACKAGES"):
        watch(wasm, "f", executor=bare)
    custom = b"".join(
        bytes([0, len(name) + 9, len(name)]) + name + b"\xff" * 8 for name in (b".debug_info", b".debug_line")
    )
    with pytest.raises(BadInput, match="debug information"):
        watch(wasm + custom, "f", executor=executor)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = '(module (func (export "f") (param i32) loop local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end))'
    Path(tmp_path, "m.wasm").write_bytes(text_to_wasm(module))
    Path(tmp_path, "bad.wasm").write_bytes(b"nothing")

    def call(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(["trace", str(tmp_path / words[0]), *words[1:]])
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, err

    code, out, _ = call("m.wasm", "f(3)", "--json", "--monitor", "loops,branches")
    document = json.loads(out)
    assert (code, document["schema"], document["ended"]["how"]) == (0, 1, "returned")
    assert [row[2:] for row in document["reports"]["loops"]["rows"]] == [[3]]
    assert call("m.wasm", "f(3)")[1].splitlines()[-1] == "returned"
    ugly = text_to_wasm('(module (func $x (export "a") (param i32) unreachable))').replace(b"\x01a", b"\x01\x07")
    Path(tmp_path, "ugly.wasm").write_bytes(ugly.replace(b"\x01x", b"\x01\x07"))
    assert "\x07" not in "".join(call("ugly.wasm", "a(1)")[1:])  # a name must not ring the terminal's bell
    for words in (("bad.wasm", "f(3)"), ("m.wasm", "f(3"), ("m.wasm", "f('a')"), ("m.wasm", "f(3)", "--monitor", "x")):
        code, out, err = call(*words)
        assert (code, out) == (2, "")
        assert err.startswith("unriddle: error: ")
    assert call("m.wasm", "f(3)", "--html", str(tmp_path / "p.html"))[0] == 2
