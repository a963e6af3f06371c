"""Builds the whole bundle: python -m training.train --data <folder with domain/train.jsonl.gz>."""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from training import cards, evaluate
from training.bundle import DOMAIN_OUTPUT, DomainFigures, build_graph, write_bundle
from training.calibrate import UNUSUAL_TEXTS, activation_ranges
from training.data import DOMAINS, NATURAL, TERMS, Row, Splits, augment, load_splits, load_terms
from training.encoder import Weights, add_encoder, load_weights
from training.heads import FEATURES, POOLS, HeadConfig, HeadWeights, add_features, fit, merge
from training.onnx_builder import GraphBuilder, Ranges
from training.reference import write_reference
from training.runtime import (
    cached_features,
    graph_inputs,
    graph_output,
    load_tokenizer,
    open_session,
    run_all,
)  # fmt: skip

SEED = 11
ROOT = Path(__file__).resolve().parent.parent
OWN_DATA = ROOT / "training" / "data"


@dataclass(frozen=True)
class Mixture:
    """Total weight of each kind of row against the exam-style rows, which weigh 1."""

    natural: float = 1.0
    terms: float = 0.25
    augmented: float = 0.5
    """Weight of one variant against its original."""

    def weights(self, rows: list[Row]) -> NDArray[np.float32]:
        labels = np.array([row.label for row in rows])
        kinds = np.array([r.source if r.source in (NATURAL, TERMS) else "exam" for r in rows])
        weights = np.array([self.augmented if r.augmented else 1.0 for r in rows], np.float32)
        totals = {"exam": 1.0, NATURAL: self.natural, TERMS: self.terms}
        for kind, total in totals.items():
            members = kinds == kind
            # Half-way (square root) to equally heavy classes: `other` and math dominate else.
            heavy = np.bincount(labels[members], weights[members], len(DOMAINS))
            weights[members] *= np.sqrt(heavy.mean() / np.maximum(heavy, 1.0))[labels[members]]
            weights[members] *= total / weights[members].sum()
        return weights / weights.mean()


@dataclass(frozen=True)
class Prepared:
    """The frozen, quantised encoder and its features for all rows."""

    weights: Weights
    ranges: Ranges
    tokenizer: Tokenizer
    splits: Splits
    rows: list[Row]
    features: NDArray[np.float16]
    selection: dict[str, tuple[NDArray[np.float16], NDArray[np.int64]]]
    """Features and labels of the rows that choices are made on."""

    @property
    def labels(self) -> NDArray[np.int64]:
        return labels_of(self.rows)


def labels_of(rows: list[Row]) -> NDArray[np.int64]:
    return np.array([row.label for row in rows], dtype=np.int64)


def prepare(data: Path, cache: Path, threads: int) -> Prepared:
    splits = load_splits(data, OWN_DATA)
    weights, tokenizer = load_weights(), load_tokenizer()
    exam = [row for row in splits.train if row.source != NATURAL]
    natural = [row for row in splits.train if row.source == NATURAL]
    sample = random.Random(7).sample([row.text for row in exam], 400)
    ranges = activation_ranges(weights, tokenizer, [*sample, *UNUSUAL_TEXTS], threads)

    g = GraphBuilder(ranges)
    encoder = add_encoder(g, weights)
    features = add_features(g, encoder, tuple(range(len(encoder.hidden))), POOLS)
    graph = g.model(graph_inputs(), [graph_output(features, "batch", FEATURES)], "features")

    def features_of(rows: list[Row]) -> NDArray[np.float16]:
        texts = [row.text for row in rows]
        return cached_features(graph, tokenizer, texts, cache, threads)

    terms = load_terms(OWN_DATA, SEED, [*splits.natural_dev, *splits.natural_test])
    parts = [exam, natural, augment(splits.train, SEED), terms]
    return Prepared(
        weights=weights,
        ranges=ranges,
        tokenizer=tokenizer,
        splits=splits,
        rows=[row for part in parts for row in part],
        features=np.concatenate([features_of(part) for part in parts]),
        selection={
            name: (features_of(rows), labels_of(rows))
            for name, rows in (
                ("held-back", splits.held_back),
                ("natural-dev", splits.natural_dev),
                ("dev", splits.dev),
            )
        },
    )


def fit_domain_head(
    prepared: Prepared, config: HeadConfig, mixture: Mixture, seeds: int
) -> HeadWeights:
    weights = mixture.weights(prepared.rows)
    return merge(
        [
            fit(config, prepared.features, prepared.labels, weights, len(DOMAINS), seed)
            for seed in range(seeds)
        ]
    )


# Chosen on held-back and natural-dev by training/trials.py.
CHOSEN = HeadConfig(layers=(3, 4, 5, 6), pools=("mean", "max"), rank=96)
CHOSEN_MIXTURE = Mixture(natural=1.5, terms=0.5)
CHOSEN_SEEDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description="Builds models/embedded and its fixtures.")
    parser.add_argument(
        "--data", type=Path, required=True, help="folder that holds domain/*.jsonl.gz"
    )
    parser.add_argument("--cache", type=Path, default=ROOT / ".venv" / "features")
    parser.add_argument("--output", type=Path, default=ROOT / "models" / "embedded")
    parser.add_argument("--fixtures", type=Path, default=ROOT / "test" / "fixtures" / "embedded")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    prepared = prepare(options.data, options.cache, options.threads)
    head = fit_domain_head(prepared, CHOSEN, CHOSEN_MIXTURE, CHOSEN_SEEDS)
    graph = build_graph(prepared.weights, prepared.ranges, head)
    figures = assess(prepared, graph, options.threads)
    write_bundle(
        options.output,
        graph,
        prepared.tokenizer,
        DomainFigures(
            temperature=figures.temperature,
            threshold=figures.threshold,
            held_back_accuracy=figures.accuracy["held-back"],
            natural_accuracy=figures.accuracy["natural-test"],
        ),
    )
    for name, (features, labels) in prepared.selection.items():
        print(name, evaluate.accuracy(head.logits(features), labels))
    cards.write_cards(options.output, figures, CHOSEN, CHOSEN_MIXTURE, CHOSEN_SEEDS)
    session = open_session((options.output / "encoder.onnx").read_bytes(), threads=1)
    write_reference(options.fixtures / "reference.json", session, prepared.tokenizer)
    print(json.dumps({"accuracy": figures.accuracy, "threshold": figures.threshold}, indent=2))


def assess(prepared: Prepared, graph: onnx.ModelProto, threads: int) -> cards.Figures:
    """All figures, measured on the graph as it ships and not on the cached features."""
    session = open_session(graph, threads)
    splits = prepared.splits
    groups = {
        "held-back": splits.held_back,
        "dev": splits.dev,
        "natural-dev": splits.natural_dev,
        "natural-test": splits.natural_test,
    }
    labels = {name: labels_of(rows) for name, rows in groups.items()}
    logits = {
        name: run_all(session, prepared.tokenizer, [r.text for r in rows], DOMAIN_OUTPUT)
        for name, rows in groups.items()
    }

    # dev and natural-dev count the same, whatever their sizes.
    tuning = np.concatenate([logits["dev"], logits["natural-dev"]])
    tuning_labels = np.concatenate([labels["dev"], labels["natural-dev"]])
    tuning_weights = np.concatenate(
        [np.full(len(labels[n]), 1.0 / len(labels[n]), np.float32) for n in ("dev", "natural-dev")]
    )
    temperature = evaluate.fit_temperature(tuning, tuning_labels, tuning_weights)
    calibrated = {
        name: evaluate.probabilities(value, temperature) for name, value in logits.items()
    }
    tuning_p = evaluate.probabilities(tuning, temperature)
    threshold = evaluate.best_threshold(tuning_p, tuning_labels, tuning_weights)

    natural_test = [row.text for row in splits.natural_test]
    bare = build_graph(prepared.weights, prepared.ranges, None)
    floats = build_graph(prepared.weights, None, None)
    token_ids = [e.ids for e in prepared.tokenizer.encode_batch(natural_test[::14])]
    sources = sorted({row.source for row in splits.held_back})
    held_sources = np.array([row.source for row in splits.held_back])
    return cards.Figures(
        rows={name: len(rows) for name, rows in groups.items()}
        | {kind: sum(r.source == kind for r in prepared.rows) for kind in (NATURAL, TERMS)}
        | {"train": len(prepared.rows)},
        accuracy={name: evaluate.accuracy(logits[name], labels[name]) for name in groups},
        by_source={
            s: evaluate.accuracy(
                logits["held-back"][held_sources == s], labels["held-back"][held_sources == s]
            )
            for s in sources
        },
        confusion={name: evaluate.confusion(logits[name], labels[name]) for name in groups},
        calibration_error={
            name: evaluate.expected_calibration_error(calibrated[name], labels[name])
            for name in groups
        },
        temperature=temperature,
        threshold=threshold,
        rule={
            name: {
                t: evaluate.rule_figures(
                    calibrated[name], labels[name], np.ones(len(labels[name]), np.float32), t
                )
                for t in sorted({0.3, 0.4, 0.5, 0.6, threshold})
            }
            for name in ("held-back", "natural-dev", "natural-test")
        },
        milliseconds=evaluate.milliseconds(
            {"shipped": graph, "bare int8 encoder": bare, "bare float encoder": floats},
            (16, 64, 128, 512),
        ),
        batch_difference=evaluate.batch_difference(graph, token_ids),
        embedding=_embedding_fidelity(prepared.tokenizer, natural_test, graph, floats, threads),
        bytes=len(graph.SerializeToString(deterministic=True)),
    )


def _embedding_fidelity(
    tokenizer: Tokenizer,
    texts: list[str],
    graph: onnx.ModelProto,
    floats: onnx.ModelProto,
    threads: int,
) -> cards.EmbeddingFigures:
    """How near the int8 embedding is to the float one."""
    quantised = run_all(open_session(graph, threads), tokenizer, texts, "embedding")
    original = run_all(open_session(floats, threads), tokenizer, texts, "embedding")
    cosine = (quantised * original).sum(axis=1)
    ours, theirs = quantised @ quantised.T, original @ original.T
    worst, mean = float(np.abs(ours - theirs).max()), float(np.abs(ours - theirs).mean())
    np.fill_diagonal(ours, -1.0)
    np.fill_diagonal(theirs, -1.0)
    same = float((ours.argmax(axis=1) == theirs.argmax(axis=1)).mean())
    return cards.EmbeddingFigures(
        texts=len(texts),
        cosine_mean=float(cosine.mean()),
        cosine_min=float(cosine.min()),
        similarity_error_max=worst,
        similarity_error_mean=mean,
        same_neighbour=same,
    )


if __name__ == "__main__":
    main()
