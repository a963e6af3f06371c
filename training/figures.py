"""Everything that is measured on the finished graphs: calibration, thresholds, figures for manifest and cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from tokenizers import Tokenizer

from training import evaluate
from training.bundle import ManifestHead
from training.cards import BARE_ENCODER, CostFigures, Group, HeadFigures
from training.data import DOMAINS, Splits
from training.pair_graph import HALLUCINATION_OUTPUT, NLI_OUTPUT, TOOL_CALL_OUTPUT, pair_feed
from training.pair_rows import NLI_LABELS, NOT_ENTAILMENT, PairItem, PairRow, PairTokenizer
from training.pii_decode import Floats, Span, decode
from training.pii_rows import NAMED, PII_LABELS, PII_TYPES, PiiRow
from training.request_graph import PII_OUTPUT
from training.runtime import batches, encode_texts, open_session, run, run_all
from training.text_rows import (
    FACT_CHECK_LABELS,
    FEEDBACK_LABELS,
    JAILBREAK_LABELS,
    TOOL_CALL_LABELS,
    TextSplits,
)
from training.times import recorded_times

HELD_BACK = "a tenth of every given source, by hash, never fitted (in distribution)"
DEV = "the data sets' own dev rows, for choices, temperature and threshold"
OWN_DEV = "a tenth of our own rows, never fitted, for choices, temperature and threshold"
OWN_TEST = "our rows by a writer who saw no training row; no choice was made on them (out of distribution)"
OWN_TEST_HALVED = (
    "our rows by a writer who saw no training row (out of distribution); for lack of other rows, temperature and "
    "threshold were chosen on every second one, so the figures are a little too good"
)


@dataclass(frozen=True)
class RequestSets:
    domain: Splits
    jailbreak: TextSplits
    fact_check: TextSplits
    feedback: TextSplits
    tool_call: TextSplits
    pii: PiiSets


@dataclass(frozen=True)
class LabelledTexts:
    name: str
    what: str
    texts: list[str]
    labels: NDArray[np.int64]
    details: list[str]
    """Source or kind of each text."""


class Runner:
    """The shipped graph, ready to be asked."""

    def __init__(self, graph: onnx.ModelProto, tokenizer: Tokenizer, threads: int) -> None:
        self._session = open_session(graph, threads)
        self._tokenizer = tokenizer

    def logits(self, texts: Sequence[str], output: str) -> NDArray[np.float32]:
        return np.stack(run_all(self._session, encode_texts(self._tokenizer, texts), output))

    def pii(self, rows: Sequence[PiiRow], temperature: float, transitions: Floats) -> list[list[Span]]:
        encoded = encode_texts(self._tokenizer, [row.text for row in rows])
        logits = run_all(self._session, encoded, PII_OUTPUT)
        return [
            decode(row.text, e.offsets, values, temperature, transitions)
            for row, e, values in zip(rows, encoded, logits, strict=True)
        ]


def assess_request(
    graph: onnx.ModelProto,
    tokenizer: Tokenizer,
    sets: RequestSets,
    transitions: Floats,
    threads: int,
) -> tuple[list[ManifestHead], list[HeadFigures]]:
    runner = Runner(graph, tokenizer, threads)
    domain = [
        _texts_of("held-back", HELD_BACK, sets.domain.held_back),
        _texts_of("dev", DEV, sets.domain.dev),
        _texts_of("natural-dev", OWN_DEV, sets.domain.natural_dev),
        _texts_of("natural-test", OWN_TEST, sets.domain.natural_test),
    ]
    results = [
        _sequence(
            runner, "mom-domain-classifier", "domain_logits", DOMAINS, domain, _top_label_threshold,
            _fitted(sets.domain.train),
        ),
        _sequence(
            runner, "mom-jailbreak-classifier", "jailbreak_logits", JAILBREAK_LABELS,
            _groups(sets.jailbreak), _alarm_threshold, _fitted(sets.jailbreak.train),
        ),
        assess_pii(runner.pii, sets.pii, transitions),
        _sequence(
            runner, "mom-halugate-sentinel", "fact_check_logits", FACT_CHECK_LABELS,
            _groups(sets.fact_check), _even_threshold, _fitted(sets.fact_check.train),
        ),
        _sequence(
            runner, "mom-feedback-detector", "feedback_logits", FEEDBACK_LABELS,
            _groups(sets.feedback), _top_label_threshold, _fitted(sets.feedback.train),
        ),
        _sequence(
            runner, "mom-toolcall-sentinel", "tool_call_logits", TOOL_CALL_LABELS,
            _groups(sets.tool_call), _alarm_threshold, _fitted(sets.tool_call.train),
        ),
    ]  # fmt: skip
    return [head for head, _ in results], [figures for _, figures in results]


def _texts_of(name: str, what: str, rows: Sequence[object]) -> LabelledTexts:
    return LabelledTexts(
        name,
        what,
        [str(getattr(row, "text")) for row in rows],
        np.array([int(getattr(row, "label")) for row in rows], dtype=np.int64),
        [str(getattr(row, "kind", "") or getattr(row, "source")) for row in rows],
    )


def _groups(splits: TextSplits) -> list[LabelledTexts]:
    return [
        _texts_of("held-back", HELD_BACK, splits.held_back),
        _texts_of("dev", DEV, splits.dev),
        _texts_of("own-dev", OWN_DEV, splits.own_dev),
        _texts_of("own-test", OWN_TEST, splits.own_test),
    ]


def _fitted(rows: Sequence[object]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in rows:
        source = str(getattr(row, "source"))
        counts[source] = counts.get(source, 0) + 1
    return counts


ThresholdRule = Callable[[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]], float]


def _top_label_threshold(
    p: NDArray[np.float32], labels: NDArray[np.int64], weights: NDArray[np.float32]
) -> float:
    return evaluate.best_threshold(p, labels, weights)


def _even_threshold(
    p: NDArray[np.float32], labels: NDArray[np.int64], weights: NDArray[np.float32]
) -> float:
    """For a question of equal costs: where fewest are wrong."""
    candidates = np.round(np.arange(0.3, 0.71, 0.05), 2)
    wrong = [float((((p[:, 1] >= t) != (labels == 1)) * weights).sum()) for t in candidates]
    return float(candidates[int(np.argmin(wrong))])


def _alarm_threshold(
    p: NDArray[np.float32], labels: NDArray[np.int64], weights: NDArray[np.float32]
) -> float:
    """The lowest from 0.5 with at most 3 % false alarms over the dev rows.

    Most harmless ones among them were gathered for looking like attacks; of everyday prompts far fewer
    alarm then.
    """
    harmless = labels == 0
    for threshold in np.round(np.arange(0.5, 0.96, 0.01), 2):
        alarms = ((p[:, 1] >= threshold) & harmless) * weights
        if alarms.sum() <= 0.03 * (harmless * weights).sum():
            return float(threshold)
    return 0.95


def _sequence(
    runner: Runner,
    model: str,
    output: str,
    labels: tuple[str, ...],
    groups: list[LabelledTexts],
    rule: ThresholdRule,
    fitted: dict[str, int],
) -> tuple[ManifestHead, HeadFigures]:
    logits = {group.name: runner.logits(group.texts, output) for group in groups}
    # The two dev sets count the same, whatever their sizes.
    tuning = [group for group in groups if group.name.endswith("dev")]
    stacked = np.concatenate([logits[group.name] for group in tuning])
    truth = np.concatenate([group.labels for group in tuning])
    weights = np.concatenate(
        [np.full(len(group.labels), 1.0 / len(group.labels), np.float32) for group in tuning]
    )
    temperature = evaluate.fit_temperature(stacked, truth, weights)
    threshold = rule(evaluate.probabilities(stacked, temperature), truth, weights)
    measured = [
        _sequence_group(group, evaluate.probabilities(logits[group.name], temperature), threshold)
        for group in groups
    ]
    metrics = {
        f"{group.name.replace('-', '_')}_{name.replace(' ', '_')}": value
        for group in measured
        if group.name in ("held-back", "own-test", "natural-test")
        for name, value in group.metrics.items()
    }
    head = ManifestHead(model, "sequence", output, labels, temperature, threshold, metrics)
    return head, HeadFigures(
        model, "sequence", labels, temperature, threshold, {}, measured, fitted, []
    )


def _sequence_group(group: LabelledTexts, p: NDArray[np.float32], threshold: float) -> Group:
    metrics = _sequence_metrics(p, group.labels, threshold)
    metrics["calibration error"] = evaluate.expected_calibration_error(p, group.labels)
    kinds = sorted(set(group.details))
    details: dict[str, dict[str, float]] = {}
    if len(kinds) > 1:
        for kind in kinds:
            members = np.array([d == kind for d in group.details])
            details[kind] = {
                "rows": float(members.sum()),
                **_sequence_metrics(p[members], group.labels[members], threshold),
            }
    return Group(
        group.name, group.what, len(group.labels), metrics, evaluate.confusion(p, group.labels), details
    )


def _sequence_metrics(
    p: NDArray[np.float32], labels: NDArray[np.int64], threshold: float
) -> dict[str, float]:
    metrics = {"accuracy": evaluate.accuracy(p, labels)}
    if p.shape[1] == 2:
        fires = p[:, 1] >= threshold
        if (labels == 1).any():
            metrics["recall"] = float(fires[labels == 1].mean())
        if (labels == 0).any():
            metrics["false positives"] = float(fires[labels == 0].mean())
    return metrics


# PII


@dataclass(frozen=True)
class PiiSets:
    train: list[PiiRow]
    dev: list[PiiRow]
    own_dev: list[PiiRow]
    own_test: list[PiiRow]


_SOCIAL_SOURCES = ("wnut17", "btc", "social")
_LEAST_CONFIDENCE = 0.05


FindSpans = Callable[[Sequence[PiiRow], float, Floats], list[list[Span]]]
"""Spans of rows, at a temperature and with the scores of the labels' order."""


def assess_pii(
    find: FindSpans, sets: PiiSets, transitions: Floats
) -> tuple[ManifestHead, HeadFigures]:
    temperature = 1.0
    tuning_rows = [*sets.dev, *sets.own_dev]
    tuning = find(tuning_rows, temperature, transitions)
    thresholds = {kind: _pii_threshold(tuning_rows, tuning, kind) for kind in PII_TYPES}
    groups: list[Group] = []
    for name, what, rows in (
        ("dev, prompts and documents", DEV, [r for r in sets.dev if r.source not in _SOCIAL_SOURCES]),
        ("dev, social", DEV, [r for r in sets.dev if r.source in _SOCIAL_SOURCES]),
        ("own-dev", OWN_DEV, sets.own_dev),
        ("own-test, prompts", OWN_TEST, [r for r in sets.own_test if r.source not in _SOCIAL_SOURCES]),
        ("own-test, social", OWN_TEST, [r for r in sets.own_test if r.source in _SOCIAL_SOURCES]),
    ):
        found = [
            [s for s in spans if s.confidence >= thresholds[s.kind]]
            for spans in find(rows, temperature, transitions)
        ]
        scores = {kind: _span_scores(rows, found, (kind,)) for kind in PII_TYPES}
        named = _span_scores(rows, found, NAMED)
        groups.append(
            Group(
                name,
                what,
                len(rows),
                {"F1 of names, places, organisations": named.f1, "precision": named.precision, "recall": named.recall},
                None,
                {
                    kind: {"entities": float(s.entities), "precision": s.precision, "recall": s.recall, "F1": s.f1}
                    for kind, s in scores.items()
                    if s.entities > 0
                },
            )
        )  # fmt: skip
    metrics = {
        f"{group.name.replace(', ', '_').replace('-', '_').replace(' ', '_')}_f1": group.metrics[
            "F1 of names, places, organisations"
        ]
        for group in groups
    }
    head = ManifestHead(
        "mom-pii-classifier", "token", PII_OUTPUT, PII_LABELS, temperature, 0.5, metrics,
        scheme="bio", thresholds=thresholds, transitions=transitions.tolist(),
    )  # fmt: skip
    return head, HeadFigures(
        "mom-pii-classifier", "token", PII_LABELS, temperature, 0.5, thresholds, groups,
        _fitted(sets.train), [],
    )  # fmt: skip


@dataclass(frozen=True)
class SpanScores:
    precision: float
    recall: float
    f1: float
    entities: int


def _span_scores(
    rows: Sequence[PiiRow], found: Sequence[Sequence[Span]], kinds: Sequence[str]
) -> SpanScores:
    """Exact spans and types. Partly annotated rows count for the types they annotate."""
    hits = wrong = missed = 0
    for row, spans in zip(rows, found, strict=True):
        wanted = [k for k in kinds if not row.partly_annotated or k in NAMED]
        truth = {s for s in row.spans if s[2] in wanted}
        guess = {(s.start, s.end, s.kind) for s in spans if s.kind in wanted}
        hits += len(truth & guess)
        wrong += len(guess - truth)
        missed += len(truth - guess)
    precision, recall = hits / max(1, hits + wrong), hits / max(1, hits + missed)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return SpanScores(precision, recall, f1, hits + missed)


def _pii_threshold(rows: Sequence[PiiRow], found: Sequence[Sequence[Span]], kind: str) -> float:
    """Best F1 on dev. Never below 0.3: what stands in few dev rows must not alarm on everything."""
    candidates = np.round(np.arange(0.3, 0.81, 0.05), 2)
    scores = [
        _span_scores(
            rows,
            [[s for s in spans if s.kind == kind and s.confidence >= t] for spans in found],
            (kind,),
        )
        for t in candidates
    ]
    if scores[0].entities < 10:
        return 0.5
    best = max(s.f1 for s in scores)
    return float(next(t for t, s in zip(candidates, scores, strict=True) if s.f1 >= best - 0.002))


# Pairs


def assess_pairs(
    graph: onnx.ModelProto,
    tokenizer: PairTokenizer,
    sets: dict[str, list[PairRow]],
    threads: int,
) -> tuple[list[ManifestHead], list[HeadFigures]]:
    session = open_session(graph, threads)
    items = {name: tokenizer.items(rows) for name, rows in sets.items() if name != "train"}

    def answers(name: str, task: str, output: str) -> list[tuple[PairItem, NDArray[np.float32]]]:
        chosen = [item for item in items[name] if item.row.task == task]
        results: list[NDArray[np.float32] | None] = [None] * len(chosen)
        for batch in batches([len(item.ids) for item in chosen], tokens=2048):
            (values,) = run(session, [output], pair_feed([chosen[i] for i in batch]))
            for index, value in zip(batch, values, strict=True):
                item = chosen[index]
                results[index] = (
                    value if value.ndim == 1 else value[item.start : item.start + len(item.offsets)]
                )
        return [(i, r) for i, r in zip(chosen, results, strict=True) if r is not None]

    fitted = {
        task: _fitted([row for row in sets["train"] if row.task == task])
        for task in ("nli", "hallucination", "tool_call")
    }
    results = [
        assess_marking(
            "mom-halugate-detector", HALLUCINATION_OUTPUT, ("supported", "hallucinated"),
            lambda name: answers(name, "hallucination", HALLUCINATION_OUTPUT), fitted["hallucination"],
        ),
        assess_explainer(lambda name: answers(name, "nli", NLI_OUTPUT), fitted["nli"]),
        assess_marking(
            "mom-toolcall-verifier", TOOL_CALL_OUTPUT, ("AUTHORIZED", "UNAUTHORIZED"),
            lambda name: answers(name, "tool_call", TOOL_CALL_OUTPUT), fitted["tool_call"],
        ),
    ]  # fmt: skip
    return [head for head, _ in results], [figures for _, figures in results]


Answers = Callable[[str], list[tuple[PairItem, NDArray[np.float32]]]]
"""The items of a set, each with its logits: of the pair, or of each piece of its second text."""
_PAIR_GROUPS = (("held-back", HELD_BACK), ("dev", DEV), ("own-test", OWN_TEST))


def assess_explainer(answers: Answers, fitted: dict[str, int]) -> tuple[ManifestHead, HeadFigures]:
    dev = answers("dev")
    exact = [(i, v) for i, v in dev if i.row.label != NOT_ENTAILMENT]
    logits = np.stack([v for _, v in exact])
    labels = np.array([i.row.label for i, _ in exact], dtype=np.int64)
    temperature = evaluate.fit_temperature(logits, labels, np.ones(len(labels), np.float32))
    groups: list[Group] = []
    for name, what in _PAIR_GROUPS:
        rows = answers(name)
        p = evaluate.probabilities(np.stack([v for _, v in rows]), temperature)
        right = np.array(
            [
                values[0] < 0.5 if item.row.label == NOT_ENTAILMENT else values.argmax() == item.row.label
                for (item, _), values in zip(rows, p, strict=True)
            ]
        )
        three = np.array([item.row.label != NOT_ENTAILMENT for item, _ in rows])
        truth = np.array([item.row.label for item, _ in rows], dtype=np.int64)
        sources = [item.row.source for item, _ in rows]
        details = {
            source: {
                "rows": float(sources.count(source)),
                "accuracy": float(right[[s == source for s in sources]].mean()),
            }
            for source in sorted(set(sources))
        }
        groups.append(
            Group(
                name, what, len(rows), {"accuracy": float(right.mean())},
                evaluate.confusion(p[three], truth[three]), details if len(details) > 1 else {},
            )
        )  # fmt: skip
    metrics = {f"{g.name.replace('-', '_')}_accuracy": g.metrics["accuracy"] for g in groups}
    head = ManifestHead(
        "mom-halugate-explainer", "sequence", NLI_OUTPUT, NLI_LABELS, temperature, 0.5, metrics
    )
    return head, HeadFigures(
        "mom-halugate-explainer", "sequence", NLI_LABELS, temperature, 0.5, {}, groups, fitted, []
    )


@dataclass(frozen=True)
class MarkedWords:
    """One answer or call: its words with the probability that they are marked."""

    item: PairItem
    words: list[tuple[int, int, float]]

    def marked(self, threshold: float) -> list[tuple[int, int]]:
        """Neighbouring words at or above the threshold as spans."""
        spans: list[tuple[int, int]] = []
        joins = False
        for start, end, p in self.words:
            if p < threshold:
                joins = False
                continue
            if joins:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
            joins = True
        return spans


def words_of(item: PairItem, p: NDArray[np.float64]) -> MarkedWords:
    """Pieces of a word share the highest probability among them."""
    words: list[tuple[int, int, float]] = []
    text = item.row.second
    for (start, end), value in zip(item.offsets, p, strict=True):
        glued = words and words[-1][1] == start and text[start].isalnum() and text[start - 1].isalnum()
        if glued:
            words[-1] = (words[-1][0], end, max(words[-1][2], float(value)))
        else:
            words.append((start, end, float(value)))
    return MarkedWords(item, words)


def assess_marking(
    model: str, output: str, labels: tuple[str, str], answers: Answers, fitted: dict[str, int]
) -> tuple[ManifestHead, HeadFigures]:
    names = [(n, w) for n, w in _PAIR_GROUPS if answers(n)]
    tuning = answers("dev")
    if not tuning:
        tuning = answers("own-test")[::2]
        names = [(n, OWN_TEST_HALVED if n == "own-test" else w) for n, w in names]
    pieces = np.concatenate([v for i, v in tuning if i.row.spans is not None])
    truth = np.concatenate([i.marked for i, _ in tuning if i.row.spans is not None])
    temperature = evaluate.fit_temperature(pieces, truth, np.ones(len(truth), np.float32))

    def words(name: str) -> list[MarkedWords]:
        return [words_of(i, evaluate.probabilities(v, temperature)[:, 1]) for i, v in answers(name)]

    tuned = [words_of(i, evaluate.probabilities(v, temperature)[:, 1]) for i, v in tuning]
    candidates = np.round(np.arange(0.2, 0.91, 0.05), 2)
    threshold = float(max(candidates, key=lambda t: sum(_marking_metrics(tuned, float(t)).values())))
    groups: list[Group] = []
    for name, what in names:
        rows = words(name)
        sources = sorted({r.item.row.source for r in rows})
        details = {
            s: {
                "rows": float(sum(r.item.row.source == s for r in rows)),
                **_marking_metrics([r for r in rows if r.item.row.source == s], threshold),
            }
            for s in sources
        }
        groups.append(
            Group(name, what, len(rows), _marking_metrics(rows, threshold), None, details if len(details) > 1 else {})
        )  # fmt: skip
    metrics = {
        f"{g.name.replace('-', '_')}_{k.replace(' ', '_')}": v for g in groups for k, v in g.metrics.items()
    }
    head = ManifestHead(model, "token", output, labels, temperature, threshold, metrics, scheme="binary")
    return head, HeadFigures(model, "token", labels, temperature, threshold, {}, groups, fitted, [])


def _marking_metrics(rows: Sequence[MarkedWords], threshold: float) -> dict[str, float]:
    """F1 over the marked characters, and over whole answers (is anything marked?)."""
    hits = wrong = missed = 0
    found = false = lost = 0
    for row in rows:
        spans = row.marked(threshold)
        truth = row.item.row.label == 1
        found += int(bool(spans) and truth)
        false += int(bool(spans) and not truth)
        lost += int(not spans and truth)
        if row.item.row.spans is None:
            continue
        guess = {i for start, end in spans for i in range(start, end)}
        gold = {i for start, end in row.item.row.spans for i in range(start, end)}
        hits += len(guess & gold)
        wrong += len(guess - gold)
        missed += len(gold - guess)
    result = {"F1 of whole texts": 2 * found / max(1, 2 * found + false + lost)}
    if hits + wrong + missed:
        result["F1 of characters"] = 2 * hits / max(1, 2 * hits + wrong + missed)
    return result


# The embedding, and cost


def embedding_figures(
    tokenizer: Tokenizer, texts: list[str], graph: onnx.ModelProto, floats: onnx.ModelProto, threads: int
) -> HeadFigures:
    """How near the int8 embedding is to the float one."""
    quantised = Runner(graph, tokenizer, threads).logits(texts, "embedding")
    original = Runner(floats, tokenizer, threads).logits(texts, "embedding")
    cosine = (quantised * original).sum(axis=1)
    ours, theirs = quantised @ quantised.T, original @ original.T
    worst, mean = float(np.abs(ours - theirs).max()), float(np.abs(ours - theirs).mean())
    np.fill_diagonal(ours, -1.0)
    np.fill_diagonal(theirs, -1.0)
    extra = {
        "cosine to float32, mean": float(cosine.mean()),
        "cosine to float32, worst": float(cosine.min()),
        "error of a pair's similarity, mean": mean,
        "error of a pair's similarity, worst": worst,
        "same nearest neighbour": float((ours.argmax(axis=1) == theirs.argmax(axis=1)).mean()),
        "texts": float(len(texts)),
    }
    return HeadFigures(
        "mom-embedding-light", "embedding", (), 1.0, 0.0, {}, [], {}, [], extra
    )


def cost_figures(
    tokenizer: Tokenizer, request: onnx.ModelProto, bare: onnx.ModelProto, texts: list[str]
) -> CostFigures:
    content = request.SerializeToString(deterministic=True)
    return CostFigures(
        milliseconds=recorded_times(
            request,
            lambda: evaluate.milliseconds(
                {"shipped": request, BARE_ENCODER: bare}, tokenizer, (16, 64, 128, 512)
            ),
        ),
        bytes={"encoder.onnx": len(content)},
        batch_difference=evaluate.batch_difference(request, encode_texts(tokenizer, texts)),
    )
