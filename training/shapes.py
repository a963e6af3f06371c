"""What a lower-cased vocabulary hides: the case and form of each piece in the original text.

The same five numbers per piece are computed by src/runtime/inference/piece-shapes.ts; the values and
their order are part of the graph's contract.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

SHAPE_SIZES = (10, 10, 9, 10, 5)
"""Number of values of each of the five."""

_LOWER, _TITLE, _CAPITALS, _INITIAL, _MIXED, _DIGITS, _WITH_DIGITS, _OTHER_SIGNS, _NO_CASE = range(1, 10)


def category(character: str) -> str:
    """`U` capital, `l` small, `o` other letter or mark, `d` number, `p` everything else."""
    kind = unicodedata.category(character)
    if kind in ("Lu", "Lt"):
        return "U"
    if kind == "Ll":
        return "l"
    return {"L": "o", "M": "o", "N": "d"}.get(kind[0], "p")


def form(categories: Sequence[str]) -> int:
    """Class of a stretch of text by the categories of its characters; 0 if it is empty."""
    kinds = set(categories)
    if not kinds:
        return 0
    if kinds == {"d"}:
        return _DIGITS
    if "d" in kinds:
        return _WITH_DIGITS
    if "p" in kinds:
        return _OTHER_SIGNS
    if "o" in kinds:
        return _NO_CASE
    if kinds == {"l"}:
        return _LOWER
    if kinds == {"U"}:
        return _INITIAL if len(categories) == 1 else _CAPITALS
    if categories[0] == "U" and set(categories[1:]) == {"l"}:
        return _TITLE
    return _MIXED


def piece_shapes(text: str, offsets: Sequence[tuple[int, int]]) -> list[tuple[int, int, int, int, int]]:
    """Shapes of the pieces at `offsets` (code points); special tokens have empty offsets."""
    kinds = [category(c) for c in text]
    word_of: list[tuple[int, int, int] | None] = [None] * len(text)
    forms: list[int] = []
    at = 0
    while at < len(text):
        end = at
        while end < len(text) and kinds[end] != "p":
            end += 1
        if end == at:
            at += 1
            continue
        word_form = form(kinds[at:end])
        forms.append(word_form)
        word_of[at:end] = [(word_form, at, end)] * (end - at)
        at = end
    casing = _casing(forms)
    return [
        (0, 0, 0, 0, casing) if end <= start else _shape(text, kinds, word_of, start, end, casing)
        for start, end in offsets
    ]


def _shape(
    text: str,
    kinds: Sequence[str],
    word_of: Sequence[tuple[int, int, int] | None],
    start: int,
    end: int,
    casing: int,
) -> tuple[int, int, int, int, int]:
    own = form(kinds[start:end])
    word = word_of[start]
    word_form = own if word is None else word[0]
    numeric = word is not None and word_form in (_DIGITS, _WITH_DIGITS)
    length = min(word[2] - word[1], 9) if word is not None and numeric else 0
    return own, word_form, _before(text, word, start), length, casing


def _before(text: str, word: tuple[int, int, int] | None, start: int) -> int:
    """What stands before a piece."""
    if start == 0:
        return 1
    if word is not None and word[1] < start:
        return 2
    previous = text[start - 1]
    if previous == "\n":
        return 3
    if previous.isspace():
        at = start - 1
        while at >= 0 and text[at].isspace() and text[at] != "\n":
            at -= 1
        return 4 if at < 0 or text[at] in '.!?:\n"”' else 5
    return {"@": 6, "#": 7}.get(previous, 8)


def _casing(forms: Sequence[int]) -> int:
    """How the text as a whole uses capitals: a name in a text without any tells less by its case."""
    words = [f for f in forms if f in (_LOWER, _TITLE, _CAPITALS, _INITIAL, _MIXED)]
    capitalised = sum(f != _LOWER for f in words) / max(1, len(words))
    capitals = sum(f == _CAPITALS for f in words) / max(1, len(words))
    if capitals > 0.6 and len(words) >= 3:
        return 4
    if capitalised == 0:
        return 0
    return 1 if capitalised < 0.25 else 2 if capitalised < 0.6 else 3
