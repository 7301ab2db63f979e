"""wasmtime as we use it: one engine with limits, and one live instance per run."""

from __future__ import annotations

import ctypes
import hashlib
import threading
from collections.abc import Callable, Sequence
from typing import Any

from unriddle.errors import BadInput, MissingExtra, shorten
from unriddle.execute.trace.wasm.binary import Module
from unriddle.execute.trace.wasm.instrument import added_names
from unriddle.execute.trace.wasm.limits import Ended, How, WasmLimits
from unriddle.execute.trace.wasm.probes import Stop
from unriddle.execute.trace.wasm.wasi import System

__all__ = ["Engine", "Live", "text_to_wasm"]


def _wasmtime() -> Any:
    try:
        import wasmtime
    except ImportError as error:
        raise MissingExtra("watching WebAssembly modules", "unriddle[wasm]") from error
    return wasmtime


def text_to_wasm(text: str) -> bytes:
    """A module's bytes from its text format.

    Raises:
        BadInput: The text is no module.
    """
    w = _wasmtime()
    try:
        return bytes(w.wat2wasm(text))
    except w.WasmtimeError as error:
        raise BadInput(f"WebAssembly text: {error}") from error


class Engine:
    """A compiler and the limits of what it runs."""

    def __init__(self, limits: WasmLimits, *, small_address_space: bool) -> None:
        self._w = _wasmtime()
        self._limits = limits
        config = self._w.Config()
        config.consume_fuel = True
        config.epoch_interruption = True
        config.wasm_multi_memory = True
        config.wasm_threads = config.wasm_memory64 = config.wasm_tail_call = False
        config.cranelift_nan_canonicalization = True
        config.max_wasm_stack = limits.stack_kb * 1024
        if small_address_space:
            config.memory_reservation = limits.memory_mb << 20  # as much as it may grow to, so that it never moves
            config.memory_guard_size = config.memory_reservation_for_growth = 0
            config.memory_init_cow = False
            config.parallel_compilation = False
        self._engine = self._w.Engine(config)

    def check(self, wasm: bytes) -> None:
        """Refuse what is no valid module, with the engine's reason."""
        try:
            self._w.Module.validate(self._engine, wasm)
        except self._w.WasmtimeError as error:
            raise BadInput(f"WebAssembly module: {str(error).splitlines()[0]}; is this a whole .wasm file?") from error

    def compile(self, wasm: bytes) -> Any:
        """The module, compiled."""
        return self._w.Module(self._engine, wasm)

    def open(self, module: Module, compiled: Any, *, stdin: bytes) -> Live:
        """A store for one run."""
        for wanted in module.imports:
            if wanted.kind != "function":
                raise BadInput(
                    f"WebAssembly module: it imports the {wanted.kind} {wanted.module}.{wanted.name}, which only its "
                    "host has; give a module that brings its own"
                )
        return Live(self._w, self._engine, module, compiled, self._limits, stdin)


class Live:
    """One run of a module, and a window on its memory."""

    def __init__(self, w: Any, engine: Any, module: Module, compiled: Any, limits: WasmLimits, stdin: bytes) -> None:
        self._w, self._engine, self._module, self._limits = w, engine, module, limits
        self._store = store = w.Store(engine)
        self._names = added_names(module)
        store.set_fuel(limits.fuel)
        store.set_epoch_deadline(1)
        store.set_limits(
            memory_size=limits.memory_mb << 20, table_elements=1_000_000, instances=4, memories=4, tables=100
        )
        self._system = System(stdin, most=limits.output_bytes)
        wasi = w.WasiConfig()
        wasi.argv = ("program",)
        store.set_wasi(wasi)
        linker = w.Linker(engine)
        linker.define_wasi()
        self._system.define(w, linker)
        linker.define_unknown_imports_as_traps(compiled)
        self._instance: Any = None
        self._ours: Any = None
        self._failed: tuple[How, str] | None = None
        try:
            self._instance = linker.instantiate(store, compiled)
        except (w.Trap, w.WasmtimeError) as error:
            self._failed = "trapped", _reason(error)
            return
        self._exports = self._instance.exports(store)
        memory = self._exports[self._names["memory"]]
        start = ctypes.cast(memory.data_ptr(store), ctypes.c_void_p).value
        self._ours = (ctypes.c_char * memory.data_len(store)).from_address(start)

    def added(self, address: int, n: int) -> bytes:
        """Bytes of the added memory."""
        return bytes(n) if self._ours is None else bytes(self._ours[address : address + n])

    def write(self, address: int, data: bytes) -> None:
        """Write into the added memory, while the program runs too."""
        if self._ours is not None:
            self._ours[address : address + len(data)] = data

    def program(self, address: int, n: int) -> bytes:
        """Bytes of the program's memory, fewer where it ends."""
        if not self._module.n_memories or self._instance is None:
            return b""
        memory = self._exports[self._names["own memory"]]
        end = min(address + n, memory.data_len(self._store))
        return bytes(memory.read(self._store, address, end)) if 0 <= address < end else b""

    def call(self, name: str, args: Sequence[int | float], fire: Callable[[int], Stop | None]) -> Ended:
        """Run the start function and the initialiser if there are any, then the function."""
        if self._failed is not None:
            return self._ended(self._failed[0], text=self._failed[1])
        w, store = self._w, self._store

        def hook(number: int) -> None:
            stop = fire(number)
            if stop is not None:
                raise _Stopped(stop.reason)

        host = w.Func(store, w.FuncType([w.ValType.i32()], []), hook)
        self._exports[self._names["table"]].set(store, 0, host)
        clock = threading.Timer(self._limits.seconds, self._engine.increment_epoch)
        clock.daemon = True
        clock.start()
        try:
            if self._module.start >= 0:
                self._exports[self._names["start"]](store)
            if name not in ("_initialize", "_start") and self._module.exports.get("_initialize", (1, 0))[0] == 0:
                self._exports["_initialize"](store)
            result = self._exports[name](store, *args)
        except _Stopped as stopped:
            return self._ended("stopped", text=stopped.args[0])
        except w.ExitTrap as left:
            return self._ended("exited", exit_code=left.code)
        except (w.Trap, w.WasmtimeError) as error:
            return self._ended(_how(w, error), text=_reason(error))
        finally:
            clock.cancel()
        values = () if result is None else tuple(result) if isinstance(result, list | tuple) else (result,)
        return self._ended("returned", values=tuple(v for v in values if isinstance(v, int | float)))

    def _ended(self, how: How, **more: Any) -> Ended:
        size, digest, numbers = 0, "", ()
        if self._instance is not None and self._module.n_memories:
            memory = self._exports[self._names["own memory"]]
            size = memory.data_len(self._store)
            digest = hashlib.sha256(memory.get_buffer_ptr(self._store) if size else b"").hexdigest()  # no copy
        if self._instance is not None:
            kinds = [i for i, kind in enumerate(self._module.globals) if kind in "iIfF"]
            numbers = tuple(self._exports[f"{self._names['memory']} global {i}"].value(self._store) for i in kinds)
        out, err = (bytes(self._system.printed[fd]).decode("utf-8", "replace") for fd in (1, 2))
        used = self._limits.fuel - self._store.get_fuel()
        return Ended(how, memory=digest, memory_bytes=size, globals=numbers, fuel=used, stdout=out, stderr=err, **more)


class _Stopped(Exception):
    """A probe ended the run."""


def _how(w: Any, error: Exception) -> How:
    code = getattr(error, "trap_code", None)
    if code is w.TrapCode.OUT_OF_FUEL:
        return "out of fuel"
    return "out of time" if code is w.TrapCode.INTERRUPT else "trapped"


def _reason(error: Exception) -> str:
    """The engine's reason in one line, without its list of frames (their numbers are those of the changed code)."""
    lines = [line.strip() for line in str(error).partition("Caused by:")[2].splitlines() if line.strip()]
    lines = lines or [line.strip() for line in str(error).splitlines() if line.strip()]
    reasons = [line for line in lines if "wasm trap" in line or "unknown import" in line or "exceeds" in line]
    text = (reasons or lines or [type(error).__name__])[-1 if reasons else 0]
    return shorten(text.removeprefix("wasm trap: "), 200).strip("'\"")
