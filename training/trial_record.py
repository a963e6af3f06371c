"""What training/trials.py found, as trials.json keeps it and as the cards tell it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from training.cards import HeadFigures
from training.trial_prose import JOINT, READING

TRIALS = Path(__file__).resolve().parent / "trials.json"
TOKENS = 64
"""Length of the texts that costs are told for."""

Way = Literal[
    "linear", "low rank", "low rank, wide", "fork", "token linear", "token low rank", "token fork",
    "pair of embeddings", "encoder",
]  # fmt: skip
"""How a head is made, as far as its cost goes."""


@dataclass(frozen=True)
class Cost:
    bare: float
    """Milliseconds of a pass of the bare encoder."""
    added: dict[Way, float]
    """Milliseconds more with one head of that kind and no other."""


@dataclass(frozen=True)
class Line:
    tried: str
    way: Way
    figures: dict[str, float]


@dataclass(frozen=True)
class Record:
    cost: Cost | None = None
    heads: dict[str, list[Line]] = field(default_factory=dict)

    @staticmethod
    def read() -> Record:
        if not TRIALS.exists():
            return Record()
        kept = json.loads(TRIALS.read_text(encoding="utf-8"))
        heads = {model: [Line(**line) for line in lines] for model, lines in kept["heads"].items()}
        return Record(None if kept["cost"] is None else Cost(**kept["cost"]), heads)

    def write(self) -> None:
        TRIALS.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    def with_line(self, model: str, line: Line) -> Record:
        """The line stands where one of the same name stood, else last."""
        lines = self.heads.get(model, [])
        if line.tried in [known.tried for known in lines]:
            lines = [line if known.tried == line.tried else known for known in lines]
        else:
            lines = [*lines, line]
        return replace(self, heads=self.heads | {model: lines})


_ACCURACY = "accuracy"
_NAMES = "F1 of names, places, organisations"
_WHOLE, _CHARACTERS = "F1 of whole texts", "F1 of characters"
_TEXT_COLUMNS = (("held-back", "held-back", _ACCURACY), ("own-test", "own-test", _ACCURACY))
_COLUMNS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "mom-domain-classifier": tuple(
        (group, group, _ACCURACY) for group in ("held-back", "natural-dev", "natural-test")
    ),
    "mom-pii-classifier": tuple(
        (group, group, _NAMES) for group in ("dev, social", "own-test, prompts", "own-test, social")
    ),
    "mom-halugate-detector": tuple(
        (f"{group}, {metric}", group, metric)
        for group in ("held-back", "own-test")
        for metric in (_WHOLE, _CHARACTERS)
    ),
    "mom-toolcall-verifier": tuple(
        (f"own-test, {metric}", "own-test", metric) for metric in (_WHOLE, _CHARACTERS)
    ),
}
"""Column, set of rows and metric, by head; accuracy on two sets for the others."""

_SHIPPED: dict[str, tuple[str, Way]] = {
    "mom-domain-classifier": ("(a), of rank 288", "low rank, wide"),
    "mom-halugate-sentinel": ("(a)", "low rank"),
    "mom-feedback-detector": ("(a)", "low rank"),
    "mom-jailbreak-classifier": ("(c), the forked layer next to (a)'s pooled states", "fork"),
    "mom-toolcall-sentinel": ("(c), the forked layer next to (a)'s pooled states", "fork"),
    "mom-pii-classifier": ("(c), the forked layer", "token fork"),
    "mom-halugate-detector": ("an encoder tuned for the three pair heads", "encoder"),
    "mom-halugate-explainer": ("an encoder tuned for the three pair heads", "encoder"),
    "mom-toolcall-verifier": ("an encoder tuned for the three pair heads", "encoder"),
}


def figures_of(model: str, groups: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """What the card's table of trials shows of a head's figures, by column."""
    return {
        column: round(groups[group][metric], 4)
        for column, group, metric in _COLUMNS.get(model, _TEXT_COLUMNS)
    }


def groups_of(figures: HeadFigures) -> dict[str, dict[str, float]]:
    return {group.name: group.metrics for group in figures.groups}


def with_trials(figures: HeadFigures) -> HeadFigures:
    """With the recorded trials of that head, and the shipped one as the last line."""
    record = Record.read()
    lines = record.heads.get(figures.model, [])
    if not lines:
        return figures
    how, way = _SHIPPED[figures.model]
    shipped = Line(f"**shipped**: {how}", way, figures_of(figures.model, groups_of(figures)))
    return replace(
        figures,
        trials=[_told(line, record.cost) for line in (*lines, shipped)],
        trial_notes=(READING[figures.model], _cost_note(record.cost) if record.cost else ""),
        trial_remark=JOINT.get(figures.model, ""),
    )


def _told(line: Line, cost: Cost | None) -> dict[str, object]:
    told: dict[str, object] = {"tried": line.tried, **line.figures}
    if cost is not None:
        told[f"ms added at {TOKENS} tokens"] = cost.added.get(line.way)
    return told


def _cost_note(cost: Cost) -> str:
    return (
        f"The last column is what one such head, without any other, adds to a pass over {TOKENS} tokens on one "
        f"thread; the bare encoder takes {cost.bare:.2f} ms in the same run, so an encoder of its own adds that much. "
        "Differences below a tenth of a millisecond are noise. In the shipped graph several heads share what they "
        "read, so together they cost less than the sum."
    )


