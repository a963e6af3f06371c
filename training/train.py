"""Builds the whole bundle: python -m training.train --data <folder of the labelled sets>."""

from __future__ import annotations

import argparse
import random
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from training import fork as forks
from training import pairs, text_rows
from training.bert import Encoder
from training.bundle import write_bundle
from training.calibrate import UNUSUAL_TEXTS, activation_ranges
from training.cards import write_cards
from training.data import DOMAINS, NATURAL, TERMS, Row, Splits, augment, load_splits, load_terms
from training.encoder import LAYERS, Weights, add_encoder, load_weights
from training.figures import (
    PiiSets,
    RequestSets,
    assess_pairs,
    assess_request,
    cost_figures,
    embedding_figures,
)
from training.heads import FEATURES, POOLS, HeadConfig, HeadWeights, Pools, fit, moments
from training.onnx_builder import GraphBuilder, Ranges
from training.pair_graph import add_pair, build_pair_graph, pair_feed
from training.pair_rows import PairRow, PairTokenizer, load_pairs
from training.pii_decode import transition_scores
from training.pii_rows import (
    PROMPTS,
    SOCIAL,
    TEMPLATES,
    PiiRow,
    fill_templates,
    held_back,
    read_given,
    read_marked,
)
from training.reference import TorchModels, write_reference
from training.request_graph import ForkHead, RequestParts, add_request, build_request_graph
from training.runtime import (
    Encoded,
    cached_outputs,
    encode_texts,
    graph_inputs,
    graph_output,
    load_tokenizer,
    make_feed,
)
from training.text_rows import TextRow, TextSplits, balanced_weights
from training.trial_record import with_trials

SEED = 11
ROOT = Path(__file__).resolve().parent.parent
OWN_DATA = ROOT / "training" / "data"

UPPER = HeadConfig(layers=(3, 4, 5, 6), pools=("mean", "max"))
# Chosen on held-back and natural-dev by training/trials.py.
DOMAIN_CONFIG = HeadConfig(layers=(3, 4, 5, 6), pools=("mean", "max"), rank=288)
DOMAIN_SEED = 0
FORK_EPOCHS = 3
TEMPLATE_FILLS = 8

PII_WEIGHTS = {
    "presidio_templates_faker": 0.5,
    "presidio_generated_large": 0.7,
    "no_pii_prompts": 0.7,
    PROMPTS: 3.0,
    SOCIAL: 2.0,
    TEMPLATES: 0.7,
}
"""Weight of a row by its source; 1 for the others. Ours are few, and closest to what people type."""


@dataclass(frozen=True)
class Mixture:
    """Total weight of each kind of domain row against the exam-style rows, which weigh 1."""

    natural: float = 1.5
    terms: float = 0.5
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


def load_pii(data: Path) -> PiiSets:
    own = [
        *read_marked(OWN_DATA / "pii" / "prompts.txt", PROMPTS),
        *read_marked(OWN_DATA / "pii" / "social.txt", SOCIAL),
    ]
    filled = fill_templates(OWN_DATA / "pii", TEMPLATE_FILLS, SEED)
    return PiiSets(
        train=[
            *read_given(data / "pii" / "train.jsonl.gz"),
            *(row for row in own if not held_back(row.text)),
            *filled,
        ],
        dev=read_given(data / "pii" / "dev.jsonl.gz"),
        own_dev=[row for row in own if held_back(row.text)],
        own_test=[
            *read_marked(OWN_DATA / "pii_test" / "prompts.txt", PROMPTS),
            *read_marked(OWN_DATA / "pii_test" / "social.txt", SOCIAL),
        ],
    )


class FrozenEncoder:
    """The published encoder in int8, and what it gives for texts, kept on disk."""

    def __init__(self, weights: Weights, ranges: Ranges, tokenizer: Tokenizer, cache: Path, threads: int):
        self.tokenizer, self._cache, self._threads = tokenizer, cache, threads
        g = GraphBuilder(ranges)
        encoder = add_encoder(g, weights)
        pools = Pools(g, encoder)
        features = g.op(
            "Concat", *pools.features(range(LAYERS + 1), POOLS), axis=-1, name="features"
        )
        hidden = encoder.hidden[forks.FORK_AT]
        outputs = [
            graph_output(features, "batch", FEATURES),
            graph_output(hidden, "batch", "seq", WIDTH_OF_HIDDEN),
        ]
        self._hidden = hidden
        inputs = [i for i in graph_inputs() if i.name in g.used]
        self._graph = g.model(inputs, outputs, "features")

    def encode(self, texts: list[str]) -> list[Encoded]:
        return encode_texts(self.tokenizer, texts)

    def features(self, texts: list[str]) -> NDArray[np.float16]:
        return self._output(self.encode(texts), "features")

    def hidden(self, texts: list[Encoded]) -> NDArray[np.float16]:
        """[tokens of all texts, 384], where the fork reads."""
        return self._output(texts, self._hidden)

    def _output(self, texts: list[Encoded], name: str) -> NDArray[np.float16]:
        return cached_outputs(self._graph, texts, name, self._cache, self._threads)


def calibration_texts(domain: Splits) -> list[str]:
    exam = [row.text for row in domain.train if row.source != NATURAL]
    return [*random.Random(7).sample(exam, 400), *UNUSUAL_TEXTS]


def base_encoder(
    weights: Weights, tokenizer: Tokenizer, data: Path, cache: Path, threads: int
) -> tuple[FrozenEncoder, Ranges]:
    """The frozen encoder in int8, and the ranges it was quantised with."""
    feeds = feeds_of(tokenizer, calibration_texts(load_splits(data, OWN_DATA)))
    ranges = activation_ranges(lambda g: add_encoder(g, weights), feeds, threads)
    return FrozenEncoder(weights, ranges, tokenizer, cache, threads), ranges


WIDTH_OF_HIDDEN = FEATURES // ((LAYERS + 1) * len(POOLS))


def domain_rows(splits: Splits) -> tuple[list[Row], NDArray[np.float32]]:
    """All rows that the domain head is fitted on, with their weights."""
    exam = [row for row in splits.train if row.source != NATURAL]
    natural = [row for row in splits.train if row.source == NATURAL]
    terms = load_terms(OWN_DATA, SEED, [*splits.natural_dev, *splits.natural_test])
    rows = [*exam, *natural, *augment(splits.train, SEED), *terms]
    return rows, Mixture().weights(rows)


def fit_domain(frozen: FrozenEncoder, splits: Splits) -> HeadWeights:
    rows, weights = domain_rows(splits)
    features = frozen.features([row.text for row in rows])
    labels = np.array([row.label for row in rows], dtype=np.int64)
    return fit(DOMAIN_CONFIG, features, labels, weights, len(DOMAINS), DOMAIN_SEED)


def fit_pooled(frozen: FrozenEncoder, splits: TextSplits, classes: int) -> HeadWeights:
    features = frozen.features([row.text for row in splits.train])
    labels = np.array([row.label for row in splits.train], dtype=np.int64)
    weights = balanced_weights(splits.train, classes, own=1.0)
    return fit(UPPER, features, labels, weights, classes, SEED)


def piece_labels(row: PiiRow, encoded: Encoded) -> NDArray[np.int64]:
    """BIO label of each piece, by the span it lies in."""
    labels = np.zeros(len(encoded.ids), dtype=np.int64)
    for start, end, kind in row.spans:
        inside = [i for i, (a, b) in enumerate(encoded.offsets) if b > a and a < end and b > start]
        labels[inside] = 2 * forks.PII_TYPES.index(kind) + 2
        labels[inside[:1]] -= 1
    return labels


def pii_token_rows(frozen: FrozenEncoder, rows: list[PiiRow]) -> forks.TokenRows:
    encoded = frozen.encode([row.text for row in rows])
    return forks.TokenRows(
        hidden=frozen.hidden(encoded),
        starts=_starts(encoded),
        shapes=[e.shapes for e in encoded],
        labels=[piece_labels(row, e) for row, e in zip(rows, encoded, strict=True)],
        weights=np.array([PII_WEIGHTS.get(row.source, 1.0) for row in rows], np.float32),
        partly=np.array([row.partly_annotated for row in rows]),
        pooled=None,
    )


def text_token_rows(
    frozen: FrozenEncoder, rows: list[TextRow], classes: int
) -> tuple[forks.TokenRows, NDArray[np.float32], NDArray[np.float32]]:
    """Also mean and deviation of the pooled features."""
    encoded = frozen.encode([row.text for row in rows])
    features = frozen.features([row.text for row in rows])
    mean, deviation = (value.numpy() for value in moments(features, UPPER))
    pooled = (features[:, UPPER.columns()].astype(np.float32) - mean) / deviation
    return (
        forks.TokenRows(
            hidden=frozen.hidden(encoded),
            starts=_starts(encoded),
            shapes=[e.shapes for e in encoded],
            labels=[np.array(row.label) for row in rows],
            weights=balanced_weights(rows, classes, own=1.0),
            partly=np.zeros(len(rows), dtype=bool),
            pooled=pooled,
        ),
        mean,
        deviation,
    )


def _starts(encoded: list[Encoded]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum([len(e.ids) for e in encoded])]).astype(np.int64)


def fit_fork(
    weights: Weights,
    frozen: FrozenEncoder,
    pii: PiiSets,
    jailbreak: TextSplits,
    tool_call: TextSplits,
    saved: Path | None,
) -> tuple[forks.Fork, dict[str, ForkHead]]:
    """`saved` holds the result of an earlier run of the same, to go on from there."""
    texts = {
        name: text_token_rows(frozen, splits.train, 2)
        for name, splits in (("jailbreak_logits", jailbreak), ("tool_call_logits", tool_call))
    }
    if saved is not None and saved.exists():
        fitted = forks.Fitted.restore(weights, saved)
    else:
        fitted = forks.fit(
            weights,
            pii_token_rows(frozen, pii.train),
            {name: rows for name, (rows, _, _) in texts.items()},
            FORK_EPOCHS,
            SEED,
            log,
        )
        if saved is not None:
            fitted.save(saved)
    heads = {
        name: ForkHead(fitted.heads[name], mean, deviation)
        for name, (_, mean, deviation) in texts.items()
    }
    return fitted.fork, heads


def fit_pairs(
    weights: Weights, rows: list[PairRow], tokenizer: PairTokenizer, saved: Path | None
) -> pairs.PairModel:
    if saved is not None and saved.exists():
        model = pairs.PairModel(weights)
        model.load_state_dict(torch.load(saved))
        return model.eval()
    model = pairs.fit(weights, tokenizer.items(rows), SEED, log)
    if saved is not None:
        torch.save(model.state_dict(), saved)
    return model


def log(message: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {message}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Builds models/embedded and its fixtures.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the labelled sets")
    parser.add_argument("--cache", type=Path, default=ROOT / ".venv" / "features")
    parser.add_argument("--output", type=Path, default=ROOT / "models" / "embedded")
    parser.add_argument("--fixtures", type=Path, default=ROOT / "test" / "fixtures" / "embedded")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--resume", action="store_true", help="take tuned parts that the cache holds from there"
    )
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.cache.mkdir(parents=True, exist_ok=True)

    def saved(name: str) -> Path | None:
        return options.cache / f"{name}.pt" if options.resume else None

    weights, tokenizer = load_weights(), load_tokenizer()
    domain = load_splits(options.data, OWN_DATA)
    jailbreak = text_rows.load_jailbreak(options.data, OWN_DATA)
    fact_check = text_rows.load_fact_check(options.data, OWN_DATA)
    feedback = text_rows.load_feedback(options.data, OWN_DATA)
    tool_call = text_rows.load_tool_call(options.data, OWN_DATA)
    pii = load_pii(options.data)

    frozen, base_ranges = base_encoder(
        weights, tokenizer, options.data, options.cache, options.threads
    )
    log("domain, fact check, feedback")
    pooled = {
        "domain_logits": fit_domain(frozen, domain),
        "fact_check_logits": fit_pooled(frozen, fact_check, len(text_rows.FACT_CHECK_LABELS)),
        "feedback_logits": fit_pooled(frozen, feedback, len(text_rows.FEEDBACK_LABELS)),
    }
    log("fork: PII, jailbreak, tool calls")
    fork, fork_heads = fit_fork(weights, frozen, pii, jailbreak, tool_call, saved("fork"))
    usual = moments(frozen.features([row.text for row in fact_check.train]), UPPER)
    center, scale = (value.numpy() for value in usual)
    parts = RequestParts(weights, UPPER, center, scale, pooled, fork, fork_heads)
    varied = [
        *(row.text for row in random.Random(8).sample(pii.train, 150)),
        *(row.text for row in random.Random(9).sample(jailbreak.train, 150)),
    ]
    # The encoder keeps its own ranges: its embedding must not change when a head does.
    ranges = activation_ranges(
        lambda g: add_request(g, parts),
        feeds_of(tokenizer, [*calibration_texts(domain), *varied]),
        options.threads,
    )
    request = build_request_graph(parts, ranges | base_ranges)

    log("pairs")
    uncut = load_tokenizer()
    uncut.no_truncation()
    pair_tokenizer = PairTokenizer(uncut)
    pair_sets = load_pairs(options.data, OWN_DATA)
    model = fit_pairs(weights, pair_sets["train"], pair_tokenizer, saved("pairs"))
    calibration = pair_tokenizer.items(random.Random(3).sample(pair_sets["train"], 300))
    pair_ranges = activation_ranges(
        lambda g: add_pair(g, model), ([pair_feed([item]) for item in calibration]), options.threads
    )
    pair = build_pair_graph(model, pair_ranges)

    log("figures")
    transitions = transition_scores(
        piece_labels(row, e)[1:-1].tolist()
        for row, e in zip(pii.train, frozen.encode([r.text for r in pii.train]), strict=True)
    )
    sets = RequestSets(domain, jailbreak, fact_check, feedback, tool_call, pii)
    heads, figures = assess_request(request, tokenizer, sets, transitions, options.threads)
    pair_heads, pair_figures = assess_pairs(pair, pair_tokenizer, pair_sets, options.threads)
    natural = [row.text for row in domain.natural_test]
    bare = RequestParts(weights, UPPER, center, scale)
    embedding = embedding_figures(
        tokenizer, natural, request, build_request_graph(bare, None), options.threads
    )
    write_bundle(
        options.output, tokenizer, request, heads, embedding.extra, pair, pair_heads
    )
    write_cards(
        options.output,
        [embedding, *map(with_trials, [*figures, *pair_figures])],
        cost_figures(
            tokenizer, request, build_request_graph(bare, base_ranges), natural[::14]
        ),
    )
    write_reference(
        options.fixtures,
        options.output,
        tokenizer,
        pair_tokenizer,
        pair_sets["own-test"],
        TorchModels(Encoder(weights, dropout=0.0, marks=1).eval(), fork, model),
    )
    log("done")


def feeds_of(tokenizer: Tokenizer, texts: list[str]) -> list[dict[str, NDArray[np.int64]]]:
    return [make_feed([encoded]) for encoded in encode_texts(tokenizer, texts)]


if __name__ == "__main__":
    main()
