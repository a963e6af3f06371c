"""Rows for the PII head: the given ones, our hand-written ones, and our templates filled with invented values."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

# The order gives the label ids: O is 0, B-TYPE is 2k+1 and I-TYPE 2k+2, as in the published models.
PII_TYPES = (
    "AGE", "CREDIT_CARD", "DATE_TIME", "DOMAIN_NAME", "EMAIL_ADDRESS", "GPE", "IBAN_CODE",
    "IP_ADDRESS", "NRP", "ORGANIZATION", "PERSON", "PHONE_NUMBER", "STREET_ADDRESS", "TITLE",
    "US_DRIVER_LICENSE", "US_SSN", "ZIP_CODE",
)  # fmt: skip
PII_LABELS = ("O", *(f"{prefix}-{kind}" for kind in PII_TYPES for prefix in ("B", "I")))
NAMED = ("PERSON", "GPE", "ORGANIZATION")
"""The types that the news and social sources annotate; what else they hold is unknown."""

PROMPTS, SOCIAL, TEMPLATES = "prompts", "social", "templates"
_PARTLY_ANNOTATED = {"wnut17", "btc", "wikigold", "sec_filings", SOCIAL}
_MARK = re.compile(r"<([A-Z_]+)>(.*?)</\1>", re.DOTALL)
_SLOT = re.compile(r"\{(" + "|".join(PII_TYPES) + r")\}")


@dataclass(frozen=True)
class PiiRow:
    text: str
    spans: tuple[tuple[int, int, str], ...]
    """Start and end in code points, and the type."""
    source: str

    @property
    def partly_annotated(self) -> bool:
        return self.source in _PARTLY_ANNOTATED


def read_given(path: Path) -> list[PiiRow]:
    """Rows of a data set file; their LOCATION is our GPE."""
    rows: list[PiiRow] = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            spans = row.get("spans")
            found = (
                _spans_of_tags(row["text"], row["tokens"], row["tags"])
                if spans is None
                else [(start, end, kind) for start, end, kind in spans]
            )
            if found is not None:
                named = tuple((s, e, "GPE" if k == "LOCATION" else k) for s, e, k in found)
                rows.append(PiiRow(row["text"], named, row["source"]))
    return rows


def read_marked(path: Path, source: str) -> list[PiiRow]:
    """Our own rows, with the entities marked as `<TYPE>text</TYPE>`; `\\n` is a line break."""
    return [_parse(line, source) for line in _lines(path)]


def fill_templates(folder: Path, per_template: int, seed: int) -> list[PiiRow]:
    """Our templates with invented values in their slots."""
    rng = random.Random(seed)
    values = Values.read(folder / "values")
    rows: list[PiiRow] = []
    for line in _lines(folder / "templates.txt"):
        for _ in range(per_template):
            filled = _SLOT.sub(lambda m: _marked(m.group(1), values.make(m.group(1), rng)), line)
            rows.append(_parse(filled, TEMPLATES))
    return rows


def _spans_of_tags(
    text: str, tokens: list[str], tags: list[str]
) -> list[tuple[int, int, str]] | None:
    """BIO tags as character spans; None if the tokens do not stand in the text."""
    spans: list[tuple[int, int, str]] = []
    at = 0
    inside = False
    for token, tag in zip(tokens, tags, strict=True):
        start = text.find(token, at)
        if start < 0:
            return None
        at = start + len(token)
        kind = tag[2:]
        if tag == "O":
            inside = False
        elif tag.startswith("I-") and inside and spans[-1][2] == kind:
            spans[-1] = (spans[-1][0], at, kind)
        else:
            spans.append((start, at, kind))
            inside = True
    return spans


def _lines(path: Path) -> Iterator[str]:
    for line in path.read_text(encoding="utf-8").splitlines():
        # A comment has a space after its sign; a post may well begin with a hashtag.
        if line.strip() and line != "#" and not line.startswith("# "):
            yield line.replace("\\n", "\n")


def _marked(kind: str, value: str) -> str:
    return f"<{kind}>{value}</{kind}>"


def _parse(line: str, source: str) -> PiiRow:
    text, spans, at = "", [], 0
    for match in _MARK.finditer(line):
        text += line[at : match.start()]
        spans.append((len(text), len(text) + len(match.group(2)), match.group(1)))
        text += match.group(2)
        at = match.end()
    return PiiRow(text + line[at:], tuple(spans), source)


def held_back(text: str) -> bool:
    """Every tenth row, by a hash of its text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % 10 == 0


@dataclass(frozen=True)
class Values:
    """Invented values of every type; numbers with a checksum have a valid one."""

    lists: dict[str, list[str]] = field(default_factory=dict)

    @staticmethod
    def read(folder: Path) -> Values:
        return Values({path.stem: list(_lines(path)) for path in sorted(folder.glob("*.txt"))})

    def make(self, kind: str, rng: random.Random) -> str:
        made = _MAKERS[kind](self, rng)
        # People type carelessly: some names come in lower case, some lists in capitals.
        if kind in ("PERSON", "GPE", "ORGANIZATION", "STREET_ADDRESS"):
            chance = rng.random()
            if chance < 0.08:
                return made.lower()
            if chance < 0.11:
                return made.upper()
        return made

    def pick(self, name: str, rng: random.Random) -> str:
        return rng.choice(self.lists[name])


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def _pattern(pattern: str, rng: random.Random) -> str:
    """`#` becomes a digit, `N` one from 2 to 9, `A` a capital letter."""
    table = {"#": "0123456789", "N": "23456789", "A": "ABCDEFGHJKLMNPRSTUVWXYZ"}
    return "".join(rng.choice(table[c]) if c in table else c for c in pattern)


def _person(values: Values, rng: random.Random) -> str:
    given, surname = values.pick("given_names", rng), values.pick("surnames", rng)
    form = rng.random()
    if form < 0.55:
        return f"{given} {surname}"
    if form < 0.72:
        return given
    if form < 0.82:
        return surname
    if form < 0.88:
        return f"{given} {rng.choice('ABCDEFGHJKLMPRSTW')}. {surname}"
    if form < 0.92:
        return f"{given} {values.pick('given_names', rng)} {surname}"
    if form < 0.96:
        return f"{given} {surname}-{values.pick('surnames', rng)}"
    return f"{surname}, {given}" if form < 0.98 else f"{given[0]}. {surname}"


def _age(values: Values, rng: random.Random) -> str:
    return str(rng.randint(1, 99))


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _date_time(values: Values, rng: random.Random) -> str:
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1950, 2030)
    name = rng.choice(_MONTHS)
    hour, minute = rng.randint(0, 23), rng.choice((0, 5, 10, 15, 20, 30, 40, 45, 50))
    half = "am" if hour < 12 else "pm"
    return rng.choice(
        [
            f"{day:02}/{month:02}/{year}",
            f"{month}/{day}/{year % 100:02}",
            f"{year}-{month:02}-{day:02}",
            f"{day}.{month}.{year}",
            f"{name} {day}, {year}",
            f"{day} {name} {year}",
            f"{day} {name[:3]}",
            f"{name} {day}",
            f"{name} {year}",
            str(year),
            rng.choice(_WEEKDAYS),
            f"{hour}:{minute:02}",
            f"{hour % 12 or 12}{half}",
            f"{hour % 12 or 12}:{minute:02} {half}",
            f"{rng.choice(_WEEKDAYS)}, {name} {day}",
        ]
    )


_ENDINGS = (
    "com", "org", "net", "io", "co.uk", "de", "fr", "it", "es", "com.br", "in", "dev", "ai", "edu",
)  # fmt: skip


def _slug(text: str) -> str:
    return "".join(c for c in text.lower() if c.isascii() and c.isalnum()) or "mail"


def _domain(values: Values, rng: random.Random) -> str:
    name = _slug(values.pick(rng.choice(("surnames", "GPE", "ORGANIZATION")), rng))[:18]
    extra = rng.choice(("", "", "-online", "-group", "app", "shop", "lab"))
    return f"{rng.choice(('', '', 'www.', 'mail.', 'shop.'))}{name}{extra}.{rng.choice(_ENDINGS)}"


def _email(values: Values, rng: random.Random) -> str:
    given, surname = (
        _slug(values.pick("given_names", rng)),
        _slug(values.pick("surnames", rng)),
    )
    user = rng.choice(
        [
            f"{given}.{surname}", f"{given[0]}{surname}", f"{given}{rng.randint(1, 999)}", given,
            f"{surname}_{given}", f"{given}-{surname}", f"{given}+{rng.choice(('news', 'shop'))}",
        ]  # fmt: skip
    )
    host = rng.choice(("gmail.com", "yahoo.com", "outlook.com", "proton.me", "gmx.de"))
    if rng.random() < 0.6:
        host = f"{_slug(values.pick('ORGANIZATION', rng))[:16]}.{rng.choice(_ENDINGS)}"
    return f"{user}@{host}"


def _iban(values: Values, rng: random.Random) -> str:
    """ISO 13616 with a valid mod-97 check; country formats of the IBAN registry."""
    country, pattern = rng.choice(
        [
            ("DE", "#" * 18), ("GB", "AAAA" + "#" * 14), ("FR", "#" * 23), ("ES", "#" * 20),
            ("NL", "AAAA" + "#" * 10), ("IT", "A" + "#" * 22), ("CH", "#" * 17), ("AT", "#" * 16),
            ("PL", "#" * 24), ("BE", "#" * 12), ("PT", "#" * 21), ("IE", "AAAA" + "#" * 14),
        ]  # fmt: skip
    )
    account = _pattern(pattern, rng)
    numeric = "".join(str(int(c, 36)) for c in f"{account}{country}00")
    code = f"{country}{98 - int(numeric) % 97:02}{account}"
    if rng.random() < 0.5:
        return " ".join(code[i : i + 4] for i in range(0, len(code), 4))
    return code


def _card(values: Values, rng: random.Random) -> str:
    prefix, length = rng.choice([("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("37", 15)])
    body = prefix + _digits(rng, length - len(prefix) - 1)
    # Luhn: every second digit from the right of the finished number counts double.
    total = 0
    for index, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if index % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    number = body + str(-total % 10)
    separator = rng.choice(("", " ", "-"))
    if length == 15:
        return separator.join((number[:4], number[4:10], number[10:]))
    return separator.join(number[i : i + 4] for i in range(0, 16, 4))


def _ip(values: Values, rng: random.Random) -> str:
    if rng.random() < 0.2:
        groups = [f"{rng.randint(0, 65535):x}" for _ in range(8)]
        return "2001:db8::" + ":".join(groups[:3]) if rng.random() < 0.5 else ":".join(groups)
    return ".".join(str(rng.randint(1, 254)) for _ in range(4))


def _phone(values: Values, rng: random.Random) -> str:
    return _pattern(
        rng.choice(
            [
                "(N##) N##-####", "N##-N##-####", "+1 N## N## ####", "+44 20 #### ####",
                "07### ######", "+49 30 ########", "0170 #######", "+33 6 ## ## ## ##",
                "06 ## ## ## ##", "+91 9#### #####", "+34 6## ## ## ##", "+39 3## #######",
                "+55 11 9####-####", "N##.N##.####", "+61 4## ### ###", "001-N##-N##-####",
                "+86 13# #### ####", "N##N######", "+353 8# ### ####", "+7 9## ###-##-##",
            ]  # fmt: skip
        ),
        rng,
    )


def _street(values: Values, rng: random.Random) -> str:
    number = rng.randint(1, 400) if rng.random() < 0.85 else rng.randint(400, 12000)
    return re.sub(r"\{n\}", lambda _: str(number), values.pick("STREET", rng))


def _licence(values: Values, rng: random.Random) -> str:
    return _pattern(
        rng.choice(["A#######", "########", "A###-####-####", "AA######", "#########", "A########"]),
        rng,
    )


def _ssn(values: Values, rng: random.Random) -> str:
    area = rng.choice([*range(1, 666), *range(667, 900)])
    separator = rng.choice(("-", "-", "-", " "))
    return f"{area:03}{separator}{rng.randint(1, 99):02}{separator}{rng.randint(1, 9999):04}"


def _zip(values: Values, rng: random.Random) -> str:
    return _pattern(
        rng.choice(["#####", "#####", "#####-####", "AA# #AA", "AN #AA", "#### AA", "#####-###"]),
        rng,
    )


def _of_list(name: str) -> Callable[[Values, random.Random], str]:
    return lambda values, rng: values.pick(name, rng)


_MAKERS: dict[str, Callable[[Values, random.Random], str]] = {
    "AGE": _age,
    "CREDIT_CARD": _card,
    "DATE_TIME": _date_time,
    "DOMAIN_NAME": _domain,
    "EMAIL_ADDRESS": _email,
    "GPE": _of_list("GPE"),
    "IBAN_CODE": _iban,
    "IP_ADDRESS": _ip,
    "NRP": _of_list("NRP"),
    "ORGANIZATION": _of_list("ORGANIZATION"),
    "PERSON": _person,
    "PHONE_NUMBER": _phone,
    "STREET_ADDRESS": _street,
    "TITLE": _of_list("TITLE"),
    "US_DRIVER_LICENSE": _licence,
    "US_SSN": _ssn,
    "ZIP_CODE": _zip,
}
