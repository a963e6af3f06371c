"""Writes models/embedded: the graph, the tokenizer and the manifest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import onnx
from tokenizers import Tokenizer

from training.data import DOMAINS
from training.encoder import MAX_TOKENS, WIDTH, Weights, add_embedding_output, add_encoder
from training.heads import HeadWeights, add_head
from training.onnx_builder import GraphBuilder, Ranges
from training.runtime import INPUTS, graph_inputs, graph_output

VERSION = "0.1.0"
DOMAIN_OUTPUT = "domain_logits"


@dataclass(frozen=True)
class DomainFigures:
    """What the manifest says about the domain head."""

    temperature: float
    threshold: float
    held_back_accuracy: float
    natural_accuracy: float


def build_graph(
    weights: Weights, ranges: Ranges | None, head: HeadWeights | None
) -> onnx.ModelProto:
    """The encoder with its embedding and, if given, the domain head, in one graph."""
    g = GraphBuilder(ranges)
    encoder = add_encoder(g, weights)
    outputs = [graph_output(add_embedding_output(g, encoder), "batch", WIDTH)]
    if head is not None:
        logits = add_head(g, encoder, head, DOMAIN_OUTPUT)
        outputs.append(graph_output(logits, "batch", len(DOMAINS)))
    return g.model(graph_inputs(), outputs, "mom-embedded")


def write_bundle(
    folder: Path, graph: onnx.ModelProto, tokenizer: Tokenizer, figures: DomainFigures
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "encoder.onnx").write_bytes(graph.SerializeToString(deterministic=True))
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
        "files": {
            "graph": _described(folder / "encoder.onnx"),
            "tokenizer": _described(folder / "tokenizer.json"),
        },
        "inputs": list(INPUTS),
        "embedding": {
            "model": "mom-embedding-light",
            "output": "embedding",
            "card": "mom-embedding-light.md",
        },
        "heads": [
            {
                "model": "mom-domain-classifier",
                "task": "sequence",
                "output": DOMAIN_OUTPUT,
                "labels": list(DOMAINS),
                "temperature": round(figures.temperature, 4),
                "threshold": figures.threshold,
                "card": "mom-domain-classifier.md",
                "metrics": {
                    "held_back_accuracy": round(figures.held_back_accuracy, 4),
                    "natural_accuracy": round(figures.natural_accuracy, 4),
                },
            }
        ],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _described(path: Path) -> dict[str, str | int]:
    content = path.read_bytes()
    return {"path": path.name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
