"""Times of the shipped graph, kept with the hash of what they were measured on.

Everything else on the cards comes out of the same build the same; a time does not. So a graph is timed once,
on a quiet machine, and a build that gives the same graph again tells the same times.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

Times = dict[str, dict[int, float]]
"""Milliseconds of one text on one thread, by graph and tokens."""

_FILE = Path(__file__).resolve().parent / "times.json"


def recorded_times(graph: bytes, measure: Callable[[], Times]) -> Times:
    """The times recorded for that graph; else measured, and recorded. Delete times.json to measure anew."""
    digest = hashlib.sha256(graph).hexdigest()
    if _FILE.exists():
        kept = json.loads(_FILE.read_text(encoding="utf-8"))
        if kept["sha256"] == digest:
            return {
                name: {int(tokens): ms for tokens, ms in times.items()}
                for name, times in kept["milliseconds"].items()
            }
    times = measure()
    _FILE.write_text(
        json.dumps({"sha256": digest, "milliseconds": times}, indent=2) + "\n", encoding="utf-8"
    )
    return times
