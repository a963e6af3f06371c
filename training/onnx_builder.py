"""A small helper to write an ONNX graph node by node.

The graph is written here and not traced from PyTorch: every node then has a purpose and a
readable name, the quantisation can be chosen per matrix product, and one exporter less has to be
pinned.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 9

# How much of a channel's range moves into the weights, and how far beyond the largest value seen
# at calibration the int8 range reaches. Both chosen by cosine to the float embedding (README).
_SMOOTHING = 0.7
_RANGE_MARGIN = 1.2

Ranges = dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]
"""Smallest and largest input per channel, by the name of the matrix product that reads it."""


class GraphBuilder:
    """Collects nodes and weights; every method that adds a node returns the name of its result."""

    def __init__(self, ranges: Ranges | None = None) -> None:
        self.ranges: Ranges = ranges or {}
        self.products: dict[str, str] = {}
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._constants: dict[tuple[str, bytes, tuple[int, ...]], str] = {}
        self._count = 0

    @property
    def used(self) -> set[str]:
        """Every name that some node reads, graph inputs among them."""
        return {name for node in self.nodes for name in node.input}

    def weight(self, name: str, value: NDArray[np.generic]) -> str:
        self.initializers.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def constant(self, value: NDArray[np.generic]) -> str:
        """An initialiser shared by all nodes that need the same small value."""
        key = (str(value.dtype), value.tobytes(), value.shape)
        if key not in self._constants:
            self._constants[key] = self.weight(f"const_{len(self._constants)}", value)
        return self._constants[key]

    def ints(self, *values: int) -> str:
        return self.constant(np.array(values, dtype=np.int64))

    def scalar(self, value: float) -> str:
        return self.constant(np.array(value, dtype=np.float32))

    def op(self, op_type: str, *inputs: str, name: str | None = None, **attributes: object) -> str:
        return self.multi(op_type, inputs, 1, name=name, **attributes)[0]

    def multi(
        self,
        op_type: str,
        inputs: Sequence[str],
        outputs: int,
        name: str | None = None,
        **attributes: object,
    ) -> list[str]:
        self._count += 1
        stem = name or f"{op_type.lower()}_{self._count}"
        results = [stem] if outputs == 1 else [f"{stem}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op_type, list(inputs), results, name=stem, **attributes))
        return results

    def linear(
        self,
        x: str,
        weight: NDArray[np.float32],
        bias: NDArray[np.float32],
        name: str,
        per_row: bool = False,
    ) -> str:
        """x @ weight + bias, with weight of shape [inputs, outputs]; int8 where a range is known."""
        self.products[name] = x
        if name not in self.ranges:
            product = self.op("MatMul", x, self.weight(f"{name}.weight", weight))
            return self.op("Add", product, self.weight(f"{name}.bias", bias))
        if per_row:
            return self._per_row_product(x, weight, bias, name)
        return self._per_tensor_product(x, weight, bias, name)

    def row_linear(
        self,
        x: str,
        weight: NDArray[np.float32],
        bias: NDArray[np.float32],
        name: str,
    ) -> str:
        """x @ weight + bias for [batch, inputs]; in an int8 graph with one scale per row, found at run time."""
        if self.ranges:
            return self._per_row_product(x, weight, bias, name)
        product = self.op("MatMul", x, self.weight(f"{name}.weight", weight))
        return self.op("Add", product, self.weight(f"{name}.bias", bias))

    def _per_tensor_product(
        self, x: str, weight: NDArray[np.float32], bias: NDArray[np.float32], name: str
    ) -> str:
        """An int8 product with an activation scale fixed at calibration.

        A few channels of a transformer's hidden state are far larger than the rest. Their range is
        moved into the weights first (SmoothQuant), else one scale for all channels loses the
        small ones.
        """
        low, high = self.ranges[name]
        extent = np.maximum(np.maximum(high, -low), 1e-5)
        channel = (extent**_SMOOTHING / np.abs(weight).max(axis=1) ** (1.0 - _SMOOTHING)).astype(
            np.float32
        )
        top = float((high / channel).max()) * _RANGE_MARGIN
        bottom = min(float((low / channel).min()) * _RANGE_MARGIN, 0.0)
        scale = (top - bottom) / 255.0
        zero = self.constant(np.array(round(-bottom / scale), dtype=np.uint8))
        smooth = self.op("Mul", x, self.weight(f"{name}.smoothing", 1.0 / channel))
        rows = self.op("QuantizeLinear", smooth, self.scalar(scale), zero)
        return self._integer_product(rows, weight * channel[:, None], scale, zero, name, bias)

    def _per_row_product(
        self, x: str, weight: NDArray[np.float32], bias: NDArray[np.float32], name: str
    ) -> str:
        """An int8 product with one activation scale per row (token), found at run time.

        For values whose range differs much between tokens. ONNX Runtime's own dynamic quantisation
        takes one scale for the whole tensor, so a text's result would depend on what shares its
        batch, padding included.
        """
        largest = self.op("ReduceMax", self.op("Abs", x), axes=[-1], keepdims=1)
        largest = self.op("Max", largest, self.scalar(1e-12))
        scaled = self.op("Mul", x, self.op("Div", self.scalar(127.0), largest))
        # Adding 128.5 and truncating rounds to nearest and moves to uint8 in one go.
        rows = self.op("Cast", self.op("Add", scaled, self.scalar(128.5)), to=TensorProto.UINT8)
        zero = self.constant(np.array(128, dtype=np.uint8))
        product = self._integer_product(rows, weight, 1.0 / 127.0, zero, name, None)
        product = self.op("Mul", product, largest)
        return self.op("Add", product, self.weight(f"{name}.bias", bias))

    def _integer_product(
        self,
        rows: str,
        weight: NDArray[np.float32],
        row_scale: float,
        zero: str,
        name: str,
        bias: NDArray[np.float32] | None,
    ) -> str:
        scale = np.abs(weight).max(axis=0) / 127.0
        quantised = np.clip(np.rint(weight / scale), -127, 127).astype(np.int8)
        inputs = [
            rows,
            self.weight(f"{name}.weight_int8", quantised),
            self.scalar(row_scale),
            self.weight(f"{name}.scale", scale.astype(np.float32)),
            zero,
            self.constant(np.array(0, dtype=np.int8)),
        ]
        if bias is not None:
            inputs.append(self.weight(f"{name}.bias", bias))
        return self.op("MatMulIntegerToFloat", *inputs, domain="com.microsoft")

    def model(
        self,
        inputs: Sequence[onnx.ValueInfoProto],
        outputs: Sequence[onnx.ValueInfoProto],
        name: str,
    ) -> onnx.ModelProto:
        graph = helper.make_graph(
            self.nodes, name, list(inputs), list(outputs), initializer=self.initializers
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)],
            producer_name="vllm-sr-training",
        )
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model)
        return model
