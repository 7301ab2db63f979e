"""Seeing a WebAssembly module run: probes, counters and monitors written into its code.

``Machine`` runs a module in this process with probes of your own; ``watch`` runs ready monitors in the sandbox;
``compile_c`` makes a module of C.
"""

from __future__ import annotations

from unriddle.execute.trace.wasm.c import compile_c
from unriddle.execute.trace.wasm.engine import text_to_wasm
from unriddle.execute.trace.wasm.limits import Ended, WasmLimits
from unriddle.execute.trace.wasm.lines import line_counts, lines_of
from unriddle.execute.trace.wasm.machine import Machine, Monitor
from unriddle.execute.trace.wasm.monitors import MONITORS, monitors_of
from unriddle.execute.trace.wasm.places import ENTRY, EXIT, Place
from unriddle.execute.trace.wasm.probes import EVERYWHERE, Counter, Moment, Probe, Stop
from unriddle.execute.trace.wasm.variables import Variables
from unriddle.execute.trace.wasm.watch import PACKAGES, Watched, watch

__all__ = [
    "ENTRY",
    "EVERYWHERE",
    "EXIT",
    "MONITORS",
    "PACKAGES",
    "Counter",
    "Ended",
    "Machine",
    "Moment",
    "Monitor",
    "Place",
    "Probe",
    "Stop",
    "Variables",
    "WasmLimits",
    "Watched",
    "compile_c",
    "line_counts",
    "lines_of",
    "monitors_of",
    "text_to_wasm",
    "watch",
]
