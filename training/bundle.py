"""Writes models/embedded: the graphs, the tokenizer and the manifest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import onnx
from tokenizers import Tokenizer

from training.encoder import MAX_TOKENS, WIDTH

VERSION = "0.2.0"


@dataclass(frozen=True)
class ManifestHead:
    """What the manifest says about one head; the names are those of the file."""

    model: str
    task: str
    output: str
    labels: tuple[str, ...]
    temperature: float
    threshold: float
    metrics: dict[str, float]
    scheme: str | None = None
    thresholds: dict[str, float] = field(default_factory=dict)
    transitions: list[list[float]] = field(default_factory=list)

    def entry(self) -> dict[str, object]:
        entry: dict[str, object] = {
            "model": self.model,
            "task": self.task,
            "output": self.output,
            "labels": list(self.labels),
            "temperature": round(self.temperature, 4),
            "threshold": round(self.threshold, 4),
        }
        if self.scheme is not None:
            entry["scheme"] = self.scheme
        if self.thresholds:
            entry["thresholds"] = {k: round(v, 4) for k, v in self.thresholds.items()}
        if self.transitions:
            entry["transitions"] = self.transitions
        entry["card"] = f"{self.model}.md"
        entry["metrics"] = {k: round(v, 4) for k, v in self.metrics.items()}
        return entry


def write_bundle(
    folder: Path,
    tokenizer: Tokenizer,
    request: onnx.ModelProto,
    request_heads: Sequence[ManifestHead],
    embedding_metrics: dict[str, float],
    pair: onnx.ModelProto,
    pair_heads: Sequence[ManifestHead],
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "encoder.onnx").write_bytes(request.SerializeToString(deterministic=True))
    (folder / "pair.onnx").write_bytes(pair.SerializeToString(deterministic=True))
    # On one line: the vocabulary is data, not something to read in a diff.
    (folder / "tokenizer.json").write_text(tokenizer.to_str(pretty=False) + "\n", encoding="utf-8")
    manifest = {
        "name": "mom-embedded",
        "version": VERSION,
        "encoder": {
            "name": "all-MiniLM-L6-v2",
            "license": "Apache-2.0",
            "dimension": WIDTH,
            "max_tokens": MAX_TOKENS,
            "precision": "int8-dynamic",
        },
        "tokenizer": _described(folder / "tokenizer.json"),
        "graphs": [
            {
                "name": "request",
                "input": "text",
                "file": _described(folder / "encoder.onnx"),
                "embedding": {
                    "model": "mom-embedding-light",
                    "output": "embedding",
                    "card": "mom-embedding-light.md",
                    "metrics": {k: round(v, 4) for k, v in embedding_metrics.items()},
                },
                "heads": [head.entry() for head in request_heads],
            },
            {
                "name": "pair",
                "input": "pair",
                "file": _described(folder / "pair.onnx"),
                "heads": [head.entry() for head in pair_heads],
            },
        ],
    }
    (folder / "manifest.json").write_text(_printed(manifest), encoding="utf-8")


def _printed(manifest: object) -> str:
    """Indented, but a row of numbers stays on one line."""
    text = json.dumps(manifest, indent=2)
    lines: list[str] = []
    row: list[str] | None = None
    for line in text.splitlines():
        stripped = line.strip()
        number = stripped.rstrip(",").lstrip("-").replace(".", "", 1).isdigit()
        if row is not None:
            row.append(stripped)
            if not number:
                lines[-1] += " ".join(row[:-1]) + row[-1] if row[:-1] else row[-1]
                row = None
        else:
            lines.append(line)
            if stripped == "[":
                row = []
    return "\n".join(lines) + "\n"


def _described(path: Path) -> dict[str, str | int]:
    content = path.read_bytes()
    return {"path": path.name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
