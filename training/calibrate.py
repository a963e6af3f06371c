"""Ranges of the activations, for the int8 matrix products."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from training.onnx_builder import GraphBuilder, Ranges
from training.runtime import Feed, graph_inputs, graph_output, open_session, run

# Text unlike the labelled rows: a range that has never seen another script would clip it.
UNUSUAL_TEXTS = (
    "",
    "a",
    "?!...",
    "Быстрая коричневая лиса прыгает через ленивую собаку, а потом спит",
    "こんにちは世界、今日はとても良い天気ですね。数学を教えてください",
    "你好，请问如何求解二次方程？请一步一步地解释",
    "مرحبا كيف يمكنني كتابة عقد إيجار؟",
    "안녕하세요 오늘 날씨가 어때요",
    "Γειά σου Κόσμε, τι ώρα είναι;",
    "👨‍👩‍👧‍👦 🚀🔥 emoji only 😂😂😂",
    "def f(x):\n    return [i ** 2 for i in range(x) if i % 2 == 0]\n\nprint(f(10))",
    "SELECT id, name FROM users WHERE age > 21 ORDER BY name DESC LIMIT 10;",
    '{"a": [1, 2, {"b": null}], "c": "\\u00e9"}',
    "x" * 150,
    "1 2 3 4 5 6 7 8 9 0 " * 20,
    "the the the the the the the the the the the the",
    "Straße café naïve jalapeño smörgåsbord Łódź Đà Nẵng",
    "\\int_0^1 x^2 \\, dx = \\frac{1}{3}, \\quad \\sum_{n=1}^\\infty \\frac{1}{n^2}",
    "lorem ipsum dolor sit amet consectetur adipiscing elit " * 30,
    "AAAAAAAAAAA!!!!!!!!!!! ############ $$$$$$$$ ________",
)


def activation_ranges(
    add: Callable[[GraphBuilder], object], feeds: Iterable[Feed], threads: int
) -> Ranges:
    """Smallest and largest input per channel of every matrix product that `add` puts into a graph.

    Measured on the float graph; each feed holds one text.
    """
    g = GraphBuilder()
    add(g)
    names = list(g.products)
    outputs = list(dict.fromkeys(g.products.values()))
    inputs = [i for i in graph_inputs() if i.name in g.used]
    model = g.model(
        inputs, [graph_output(o, "batch", "seq", "width") for o in outputs], "calibration"
    )
    session = open_session(model, threads)
    low: dict[str, np.ndarray] = {}
    high: dict[str, np.ndarray] = {}
    for feed in feeds:
        for output, value in zip(outputs, run(session, outputs, feed), strict=True):
            smallest, largest = value[0].min(axis=0), value[0].max(axis=0)
            low[output] = np.minimum(low.get(output, smallest), smallest)
            high[output] = np.maximum(high.get(output, largest), largest)
    return {name: (low[g.products[name]], high[g.products[name]]) for name in names}
