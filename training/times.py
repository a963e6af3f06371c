"""Times of the shipped graph, kept with a hash of its nodes and the shapes of its weights.

Everything else on the cards comes out of the same build the same; a time does not. So a graph is timed once,
on a quiet machine, and a build that gives a graph of the same form tells the same times: the values of the
weights have no say in them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import onnx

Times = dict[str, dict[int, float]]
"""Milliseconds of one text on one thread, by graph and tokens."""

_FILE = Path(__file__).resolve().parent / "times.json"


def recorded_times(graph: onnx.ModelProto, measure: Callable[[], Times]) -> Times:
    """The times recorded for a graph of that form; else measured, and recorded. Delete times.json to measure anew."""
    digest = _form(graph)
    if _FILE.exists():
        kept = json.loads(_FILE.read_text(encoding="utf-8"))
        if kept["form"] == digest:
            return {
                name: {int(tokens): ms for tokens, ms in times.items()}
                for name, times in kept["milliseconds"].items()
            }
    times = measure()
    _FILE.write_text(
        json.dumps({"form": digest, "milliseconds": times}, indent=2) + "\n", encoding="utf-8"
    )
    return times


def _form(graph: onnx.ModelProto) -> str:
    digest = hashlib.sha256()
    for node in graph.graph.node:
        digest.update(node.SerializeToString(deterministic=True))
    for weight in graph.graph.initializer:
        digest.update(f"{weight.name} {list(weight.dims)} {weight.data_type}\n".encode())
    return digest.hexdigest()
