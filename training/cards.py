"""The model cards, laid out from the figures of the run that built the bundle and the prose of `card_texts.py`."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training import evaluate
from training.card_texts import (
    ALTERNATIVES,
    EMBEDDING,
    QUANTISATION,
    TEXTS,
    CardText,
    SourceText,
    licence_text,
)

BARE_ENCODER = "bare int8 encoder"
"""Name of the graph that the others' times are compared with."""

_DOMAIN = "mom-domain-classifier"
_TRIALS = Path(__file__).resolve().parent / "domain_trials.json"
_WIDTH = 100
_MISSING = "–"
_OUT_OF_DISTRIBUTION = re.compile(r"\btest\b")
_SMALL = 1000
"""Sets of fewer rows get a word on how well their figures are known."""
_TIMES = re.compile(r"\b(ms|milliseconds)\b")
_COUNTS = re.compile(
    r"^(rows|number|texts|spans|calls|answers|pairs|entities|misses|epochs|rank)\b"
)


@dataclass(frozen=True)
class Group:
    """One set of rows that a head was measured on."""

    name: str
    what: str
    """One line: what the rows are."""
    rows: int
    metrics: dict[str, float]
    confusion: NDArray[np.int64] | None = None
    """Rows are the true label, columns the predicted one. A last row more than labels: "not entailment"."""
    details: dict[str, dict[str, float]] = field(default_factory=dict)
    """Figures of parts: per source, label, type or family, and per threshold where the name is a number."""
    out_of_distribution: bool | None = None
    """None: those whose name says "test"."""


@dataclass(frozen=True)
class HeadFigures:
    model: str
    task: str
    labels: tuple[str, ...]
    temperature: float
    threshold: float
    thresholds: dict[str, float]
    """Per label; may be empty."""
    groups: list[Group]
    fitted_rows: dict[str, int]
    """Rows fitted by source."""
    trials: list[dict[str, object]]
    """`tried`, and a value per column."""
    extra: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """What this run showed beside the known weaknesses."""
    trial_notes: tuple[str, ...] = ()
    """How to read the table of trials."""
    trial_remark: str = ""
    """What it does not show."""


@dataclass(frozen=True)
class CostFigures:
    milliseconds: dict[str, dict[int, float]]
    """Graph, tokens, time of one text on one thread."""
    bytes: dict[str, int]
    batch_difference: dict[str, float]
    """By output: the largest difference between a text alone and in a padded batch."""


def write_cards(folder: Path, heads: Sequence[HeadFigures], cost: CostFigures) -> None:
    """Writes `<model>.md` for each head; none if any of them names a source without a licence."""
    cards = {head.model: _card(head, cost) for head in heads}
    for model, card in cards.items():
        (folder / f"{model}.md").write_text(card, encoding="utf-8")


def unknown_sources(model: str, sources: Iterable[str]) -> list[str]:
    """Sources that the card has no text for. Worth asking before a long fit: the cards refuse them at its end."""
    known = {source.name for source in TEXTS[model].sources}
    return [source for source in sources if source not in known]


def _card(head: HeadFigures, cost: CostFigures) -> str:
    text = TEXTS[head.model]
    missing = unknown_sources(head.model, head.fitted_rows)
    if missing:
        raise ValueError(f"{head.model}: no text and licence for the sources {', '.join(missing)}")
    sections = [
        f"# {head.model}",
        *_paragraphs(text.intro, text.made, _labels(head.labels)),
        *_section("Figures", _figures(head, text)),
        *_section("Quantisation", _quantisation() if text.model == EMBEDDING.model else []),
        *_section("Calibration and threshold", _calibration(head, text)),
        *_section("Cost", _cost(text, cost)),
        *_section("Data", _data(head, text)),
        *_section("What was tried", _trials(head, text)),
        *_section("Known weaknesses", [_weaknesses(head, text)]),
        *_section("Licence", _paragraphs(*licence_text(text))),
    ]
    return "\n\n".join(sections) + "\n"


def _section(title: str, blocks: Sequence[str]) -> list[str]:
    return [f"## {title}", *blocks] if blocks else []


def _labels(labels: Sequence[str]) -> str:
    if not labels:
        return ""
    if labels[0] == "O":
        ids = {label: index for index, label in enumerate(labels)}
        kinds = [label[2:] for label in labels if label.startswith("B-")]
        pairs = ", ".join(f"{k} ({ids[f'B-{k}']}, {ids[f'I-{k}']})" for k in kinds)
        return f"Labels: O (0), and by type the ids of B- and I-: {pairs}."
    return f"Labels by id: {', '.join(f'{index} {label}' for index, label in enumerate(labels))}."


# --- Figures ---


def _figures(head: HeadFigures, text: CardText) -> list[str]:
    if not head.groups and not head.extra:
        return []
    # The embedding has nothing fitted, so no row is in or out of distribution.
    told_apart = bool(head.fitted_rows)
    blocks = _paragraphs(
        f"Measured on the shipped graph. {text.measured}",
        "`in` is in distribution: rows of the sources, or by the writers, that were fitted, but never fitted "
        "themselves. `out` is out of distribution: rows on which nothing was fitted or chosen."
        if told_apart
        else "",
    )
    if head.groups:
        columns = _columns(group.metrics for group in head.groups)
        blocks.append(
            _table(
                ["rows", *(["distribution"] if told_apart else []), "number", *columns],
                [
                    [
                        group.name,
                        *([_distribution(group)] if told_apart else []),
                        group.rows,
                        *_cells(group.metrics, columns, text.digits),
                    ]
                    for group in head.groups
                ],
            )
        )
        blocks.append(_bullets(f"{group.name}: {group.what.rstrip('.')}." for group in head.groups))
    if head.extra:
        blocks.append(
            _table(
                ["also measured", "value"],
                [[name, _number(name, value, text.digits)] for name, value in head.extra.items()],
            )
        )
    if len(head.labels) > 2 and head.task == "sequence":
        blocks += _class_figures(head)
    for group in head.groups:
        blocks += _parts(head, group, text)
    for group in head.groups:
        if group.confusion is not None:
            title = f"Confusion on {group.name} (rows true, columns predicted):"
            blocks += [title, _confusion_table(group.confusion, head.labels)]
    return blocks


def _is_out(group: Group) -> bool:
    if group.out_of_distribution is not None:
        return group.out_of_distribution
    return _OUT_OF_DISTRIBUTION.search(group.name) is not None


def _distribution(group: Group) -> str:
    return "out" if _is_out(group) else "in"


def _class_figures(head: HeadFigures) -> list[str]:
    """Precision, recall and F1 per label: of the first set in distribution, and of all out of it."""
    size = len(head.labels)
    counted = [
        (group, matrix)
        for group in head.groups
        if (matrix := group.confusion) is not None and matrix.shape == (size, size)
    ]
    inside = [pair for pair in counted if not _is_out(pair[0])][:1]
    chosen = [*inside, *(pair for pair in counted if _is_out(pair[0]))]
    if not chosen:
        return []
    figures = [evaluate.per_class(matrix) for _, matrix in chosen]
    header = ["label"]
    for group, _ in chosen:
        header += [f"{group.name} P / R / F1", "rows"]
    rows: list[list[object]] = []
    for index, label in enumerate(head.labels):
        row: list[object] = [label]
        for one in (classes[index] for classes in figures):
            row += [f"{one.precision:.2f} / {one.recall:.2f} / {one.f1:.2f}", one.rows]
        rows.append(row)
    title = "Per label, counted from the confusion tables below (precision, recall, F1):"
    return [title, _table(header, rows)]


def _parts(head: HeadFigures, group: Group, text: CardText) -> list[str]:
    blocks: list[str] = []
    for kind, parts in _by_kind(head, group.details, text).items():
        if kind != "threshold":
            blocks += [
                f"{group.name}, by {kind}:",
                _details_table(kind, parts, text.digits),
            ]
    return blocks


def _by_kind(
    head: HeadFigures, details: Mapping[str, dict[str, float]], text: CardText
) -> dict[str, dict[str, dict[str, float]]]:
    """What each part is, told by its name, so that thresholds and sources do not share a table."""
    sources = {s.name for s in (*text.sources, *text.selection)}
    types = {label[2:] for label in head.labels if label[1:2] == "-"}
    sorted_out: dict[str, dict[str, dict[str, float]]] = {}
    for name, metrics in details.items():
        if _is_number(name):
            kind = "threshold"
        elif name in types:
            kind = "type"
        elif name in head.labels:
            kind = "label"
        else:
            kind = "source" if name in sources else "kind"
        sorted_out.setdefault(kind, {})[name] = metrics
    if "source" in sorted_out and "kind" in sorted_out:
        # A source that only stands in the test rows: one table keeps them in the caller's order.
        merged = {
            n: m for n, m in details.items() if n in sorted_out["source"] or n in sorted_out["kind"]
        }
        del sorted_out["kind"]
        sorted_out["source"] = merged
    return sorted_out


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True


def _details_table(kind: str, parts: Mapping[str, dict[str, float]], digits: int) -> str:
    columns = _columns(parts.values())
    rows = [[name, *_cells(metrics, columns, digits)] for name, metrics in parts.items()]
    return _table([kind, *columns], rows)


def _confusion_table(matrix: NDArray[np.int64], labels: Sequence[str]) -> str:
    names = _names_of(matrix.shape[1], labels)
    true = names if len(matrix) == len(names) else [*names, "not entailment"]
    assert len(true) == len(matrix), "a confusion matrix fits no labels"
    # Whole names where they fit on a line of a terminal, else as much as tells them apart.
    wide = max(map(len, true)) + sum(len(name) + 3 for name in names) > _WIDTH
    short = [name[:4] for name in names] if wide else names
    rows = [
        [name, *(v or "·" for v in row)] for name, row in zip(true, matrix.tolist(), strict=True)
    ]
    return _table(["", *short], rows)


def _names_of(count: int, labels: Sequence[str]) -> list[str]:
    if count == len(labels):
        return list(labels)
    types = ["O", *(label[2:] for label in labels if label.startswith("B-"))]
    return types if count == len(types) else [str(index) for index in range(count)]


# --- Calibration, quantisation, cost ---


def _calibration(head: HeadFigures, text: CardText) -> list[str]:
    if not head.labels:
        return []
    chosen = "thresholds stand below" if head.thresholds else f"threshold is {head.threshold:g}"
    inside = any(not _is_out(group) for group in head.groups)
    untouched = " Rows marked `out` took no part in either." if inside else ""
    blocks = _paragraphs(
        f"Divide the logits by the temperature {head.temperature:g} before the softmax; what comes out is meant as a "
        f"probability. The recommended {chosen}.{untouched}",
        text.decision,
    )
    if head.thresholds:
        rows = [[label, f"{value:g}"] for label, value in head.thresholds.items()]
        blocks.append(_table(["label", "threshold"], [*rows, ["any other", f"{head.threshold:g}"]]))
    for group in head.groups:
        points = _by_kind(head, group.details, text).get("threshold")
        if points:
            blocks += [
                f"{group.name}, by threshold:",
                _details_table("threshold", points, text.digits),
            ]
    return blocks


def _quantisation() -> list[str]:
    how, alternatives = QUANTISATION
    return [*_paragraphs(how, alternatives), _table(ALTERNATIVES[0], ALTERNATIVES[1:])]


def _cost(text: CardText, cost: CostFigures) -> list[str]:
    size = cost.bytes.get(text.file)
    file = f"`{text.file}`" if size is None else f"`{text.file}` ({size / 1e6:.1f} MB)"
    difference = cost.batch_difference.get(text.output)
    same = "A text gives the same result alone and in a padded batch"
    if difference is not None:
        same += f": the largest difference seen in the output is {difference:.1e}"
    elif cost.batch_difference:
        each = ", ".join(f"{name} {value:.1e}" for name, value in cost.batch_difference.items())
        same += f"; the largest differences seen, by output: {each}"
    bare = cost.milliseconds.get(BARE_ENCODER)
    compared = f" The number in brackets is the ratio to the {BARE_ENCODER}, which gives the embedding only."
    return [
        *_paragraphs(
            "Whole graphs with all their heads, one text, one thread, lower quartile of one run in which the graphs "
            f"take turns.{compared if bare is not None else ''}"
        ),
        _cost_table(cost.milliseconds, bare),
        *_paragraphs(
            f"This model is part of {file}, and shares the pass with the others in it. {same}."
        ),
    ]


def _cost_table(
    milliseconds: Mapping[str, dict[int, float]], bare: Mapping[int, float] | None
) -> str:
    lengths = sorted({tokens for times in milliseconds.values() for tokens in times})

    def cell(times: Mapping[int, float], tokens: int) -> str:
        if tokens not in times:
            return _MISSING
        ratio = (
            "" if bare is None or tokens not in bare else f" ({times[tokens] / bare[tokens]:.2f})"
        )
        return f"{times[tokens]:.2f}{ratio}"

    rows = [[name, *(cell(times, n) for n in lengths)] for name, times in milliseconds.items()]
    return _table(["ms", *(f"{n} tokens" for n in lengths)], rows)


# --- Data, trials, weaknesses ---


def _data(head: HeadFigures, text: CardText) -> list[str]:
    if not head.fitted_rows:
        return []
    by_name = {source.name: source for source in text.sources}
    used = [by_name[name] for name, rows in head.fitted_rows.items() if rows > 0]
    total = sum(head.fitted_rows.values())
    table = _table(
        ["source", "rows fitted", "what"],
        [[source.name, head.fitted_rows[source.name], source.what] for source in used],
    )
    blocks = [
        *_paragraphs(
            f"{total} rows were fitted. {text.data} No row of the gathered data is part of the product; what was "
            "written for this project lies in the repository under training/data."
        ),
        table,
        "Licences († as commonly stated, not read in the repository itself):",
        _licences(used),
    ]
    if text.selection:
        blocks += [
            "Never fitted, but among the dev rows that choices were made on:",
            _bullets(
                f"{source.name}: {source.what}. {source.licence}." for source in text.selection
            ),
        ]
    return blocks


def _licences(sources: Sequence[SourceText]) -> str:
    """A list and not a column: terminals cut cells, and a licence must be read whole."""
    by_licence: dict[str, list[str]] = {}
    for source in sources:
        by_licence.setdefault(source.licence, []).append(source.name)
    return _bullets(f"{', '.join(names)}: {licence}." for licence, names in by_licence.items())


def _trials(head: HeadFigures, text: CardText) -> list[str]:
    blocks: list[str] = []
    if head.trials:
        blocks += [
            *_paragraphs(*head.trial_notes),
            _trials_table(head.trials),
            *_paragraphs(head.trial_remark),
        ]
    if head.model == _DOMAIN:
        blocks += [*_paragraphs(text.tried), _trials_table(_recorded_trials())]
    return blocks


def _recorded_trials() -> list[dict[str, object]]:
    if not _TRIALS.exists():
        return []
    recorded = json.loads(_TRIALS.read_text(encoding="utf-8"))
    return [{("tried" if k == "name" else k): v for k, v in trial.items()} for trial in recorded]


def _trials_table(trials: Sequence[Mapping[str, object]]) -> str:
    columns = [name for name in _columns(trials) if name != "tried"]

    def cell(name: str, value: object) -> str:
        if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
            return _number(name, float(value), 3)
        return _MISSING if value is None else str(value)

    rows = [
        [trial.get("tried", _MISSING), *(cell(n, trial.get(n)) for n in columns)]
        for trial in trials
    ]
    return _table(["tried", *columns], rows)


def _weaknesses(head: HeadFigures, text: CardText) -> str:
    return _bullets([*_weakest(head), *head.notes, *_uncertainties(head), *text.weaknesses])


def _weakest(head: HeadFigures) -> list[str]:
    """The labels that do worst on the last set out of distribution."""
    size = len(head.labels)
    groups = [g for g in head.groups if _is_out(g) and g.confusion is not None]
    if size < 4 or head.task != "sequence" or not groups:
        return []
    matrix = groups[-1].confusion
    if matrix is None or matrix.shape != (size, size):
        return []
    ranked = sorted(
        zip(head.labels, evaluate.per_class(matrix), strict=True), key=lambda pair: pair[1].f1
    )
    weakest = ", ".join(
        f"{name} (F1 {figures.f1:.2f})" for name, figures in ranked[: 2 + (size > 4)]
    )
    return [f"Weakest on {groups[-1].name}: {weakest}."]


def _uncertainties(head: HeadFigures) -> list[str]:
    """How far the figures of the small hand-written sets can be trusted by their size alone."""
    lines: list[str] = []
    for group in head.groups:
        if not _is_out(group) or not head.fitted_rows or group.rows >= _SMALL:
            continue
        known = [
            f"{name} ({value:.2f}) is known to about ±{_half_width(value, count):.2f}"
            for name, value in group.metrics.items()
            if (count := _counted(name, group)) is not None and 0.0 <= value <= 1.0
        ]
        figures = (
            f"{', '.join(known)} (95 %)"
            if known
            else f"a share of one half is known to about ±{_half_width(0.5, group.rows):.2f} (95 %), F1 no better"
        )
        lines.append(f"{group.name} is small: with {group.rows} rows, {figures}.")
    return lines


def _counted(metric: str, group: Group) -> int | None:
    """How many cases a share was counted over; None where it is no simple share."""
    name = metric.lower()
    if "accuracy" in name:
        return group.rows
    matrix = group.confusion
    if matrix is None or matrix.shape != (2, 2):
        return None
    if name.startswith("recall"):
        return int(matrix[1].sum())
    return int(matrix[0].sum()) if name.startswith("false positive") else None


def _half_width(share: float, count: int) -> float:
    """Half of Wilson's 95 % interval: unlike the plain formula it stays above 0 for a share of 1."""
    n, z = max(1, count), 1.96
    return z * sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2) / (1 + z * z / n)


# --- Markdown ---


def _columns(rows: Iterable[Mapping[str, object]] | Iterable[Mapping[str, float]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _cells(metrics: Mapping[str, float], columns: Sequence[str], digits: int) -> list[str]:
    return [_number(n, metrics[n], digits) if n in metrics else _MISSING for n in columns]


def _number(name: str, value: float, digits: int) -> str:
    if np.isnan(value):
        return _MISSING
    if _COUNTS.match(name) or (abs(value) > 1.0 and float(value).is_integer()):
        return f"{value:.0f}"
    if _TIMES.search(name):
        return f"{value:.2f}"
    if 0.0 < abs(value) < 10.0**-digits:
        return f"{value:.1e}"
    return f"{value:.{digits}f}" if abs(value) < 10.0 else f"{value:.1f}"


def _table(header: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    def line(cells: Sequence[object]) -> str:
        return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"

    return "\n".join([line(header), line(["---"] * len(header)), *map(line, rows)])


def _paragraphs(*texts: str) -> list[str]:
    return [_wrapped(text, lambda width: {"width": width}) for text in texts if text.strip()]


def _bullets(items: Iterable[str]) -> str:
    return "\n".join(
        _wrapped(
            item, lambda width: {"width": width, "initial_indent": "- ", "subsequent_indent": "  "}
        )
        for item in items
    )


_MARKUP = re.compile(r"^\s*(\d+\.|[-*+#|>])(\s|$)")


def _wrapped(text: str, options: Callable[[int], dict[str, object]]) -> str:
    """Wrapped so that no line after the first begins like a list, a heading or a table."""
    lines: list[str] = []
    for width in range(_WIDTH, _WIDTH - 20, -1):
        lines = textwrap.wrap(
            " ".join(text.split()),
            break_long_words=False,
            break_on_hyphens=False,
            **options(width),  # type: ignore[arg-type]
        )
        if not any(_MARKUP.match(line) for line in lines[1:]):
            break
    return "\n".join(lines)
