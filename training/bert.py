"""The encoder in PyTorch, for the parts that are tuned. Parameter names are those of the BERT checkpoint."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.encoder import HEADS, LAYERS, MAX_TOKENS, WIDTH, Weights

_INNER = 4 * WIDTH
_VOCABULARY = 30522
_NORM_EPSILON = 1e-12
_ABSENT = -1e9


class _Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.self = nn.ModuleDict({k: nn.Linear(WIDTH, WIDTH) for k in ("query", "key", "value")})
        self.output = _Output(WIDTH)


class _Output(nn.Module):
    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.dense = nn.Linear(inputs, WIDTH)
        self.LayerNorm = nn.LayerNorm(WIDTH, eps=_NORM_EPSILON)


class Layer(nn.Module):
    """One transformer layer; `inner` is the width of its feed-forward part."""

    def __init__(self, dropout: float, inner: int = _INNER) -> None:
        super().__init__()
        self.attention = _Attention()
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(WIDTH, inner)})
        self.output = _Output(inner)
        self.dropout = dropout

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """`x` is [batch, seq, 384]; `bias` [batch, 1, 1, seq] is 0 for tokens, very negative for padding."""
        batch, length, _ = x.shape
        kinds = self.attention.self
        query, key, value = (
            kinds[kind](x).view(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2)
            for kind in ("query", "key", "value")
        )
        # Written out: the fused attention is twice as slow backwards on a CPU.
        scores = torch.matmul(query / math.sqrt(WIDTH // HEADS), key.transpose(-1, -2)).float() + bias
        mixed = torch.matmul(scores.softmax(-1).to(value.dtype), value)
        mixed = mixed.transpose(1, 2).reshape(batch, length, WIDTH)
        x = self.attention.output.LayerNorm(x + self._drop(self.attention.output.dense(mixed)))
        inner = functional.gelu(self.intermediate["dense"](x))
        return self.output.LayerNorm(x + self._drop(self.output.dense(inner)))

    def _drop(self, x: Tensor) -> Tensor:
        return functional.dropout(x, self.dropout, self.training)

    def weights(self) -> Weights:
        """Under the names that `encoder.add_layer` reads."""
        return {name: value.detach().float().numpy() for name, value in self.state_dict().items()}

    @staticmethod
    def of(weights: Weights, index: int, dropout: float, inner: int = _INNER) -> Layer:
        """A copy of one layer of the published encoder, with its `inner` weightiest feed-forward neurons."""
        prefix = f"encoder.layer.{index}."
        own = {
            k.removeprefix(prefix): torch.tensor(v)
            for k, v in weights.items()
            if k.startswith(prefix)
        }
        if inner < _INNER:
            reach = own["intermediate.dense.weight"].norm(dim=1) * own["output.dense.weight"].norm(dim=0)
            kept = reach.topk(inner).indices.sort().values
            own["intermediate.dense.weight"] = own["intermediate.dense.weight"][kept]
            own["intermediate.dense.bias"] = own["intermediate.dense.bias"][kept]
            own["output.dense.weight"] = own["output.dense.weight"][:, kept]
        layer = Layer(dropout, inner)
        layer.load_state_dict(own)
        return layer


class Encoder(nn.Module):
    """The whole encoder, with an embedding of `marks` values added to the words' if wanted.

    Word and position embeddings stay as published: most words occur in few rows, and moving only those
    would tear them away from the rest.
    """

    def __init__(self, weights: Weights, dropout: float, marks: int) -> None:
        super().__init__()
        self.words = _frozen(weights["embeddings.word_embeddings.weight"], _VOCABULARY)
        self.positions = _frozen(weights["embeddings.position_embeddings.weight"], MAX_TOKENS)
        self.types = nn.Embedding(2, WIDTH)
        self.types.weight.data = torch.tensor(weights["embeddings.token_type_embeddings.weight"])
        self.norm = nn.LayerNorm(WIDTH, eps=_NORM_EPSILON)
        self.norm.weight.data = torch.tensor(weights["embeddings.LayerNorm.weight"])
        self.norm.bias.data = torch.tensor(weights["embeddings.LayerNorm.bias"])
        self.marks = nn.Embedding(marks, WIDTH)
        nn.init.zeros_(self.marks.weight)
        self.layers = nn.ModuleList([Layer.of(weights, i, dropout) for i in range(LAYERS)])
        self.dropout = dropout

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor, marks: Tensor) -> Tensor:
        """All int64 [batch, seq] but `mask`, which is float; the result is [batch, seq, 384]."""
        return self.states(ids, mask, types, marks)[-1]

    def states(self, ids: Tensor, mask: Tensor, types: Tensor, marks: Tensor) -> list[Tensor]:
        """The embedding layer's output and that of every layer, each [batch, seq, 384]."""
        x = self.words(ids) + self.positions.weight[: ids.shape[1]] + self.types(types)
        x = functional.dropout(self.norm(x + self.marks(marks)), self.dropout, self.training)
        bias = padding_bias(mask)
        states = [x]
        for layer in self.layers:
            states.append(layer(states[-1], bias))
        return states

    def weights(self) -> Weights:
        """Under the names of the checkpoint, and `marks` for the extra embedding."""
        named: dict[str, Tensor] = {
            "embeddings.word_embeddings.weight": self.words.weight,
            "embeddings.position_embeddings.weight": self.positions.weight,
            "embeddings.token_type_embeddings.weight": self.types.weight,
            "embeddings.LayerNorm.weight": self.norm.weight,
            "embeddings.LayerNorm.bias": self.norm.bias,
            "marks": self.marks.weight,
        }
        result = {name: value.detach().float().numpy() for name, value in named.items()}
        for index, layer in enumerate(self.layers):
            assert isinstance(layer, Layer)
            result |= {f"encoder.layer.{index}.{k}": v for k, v in layer.weights().items()}
        return result


def padding_bias(mask: Tensor) -> Tensor:
    """[batch, 1, 1, seq]: 0 where the mask is 1, very negative where it is 0."""
    return ((1.0 - mask) * _ABSENT)[:, None, None, :]


def _frozen(table: object, rows: int) -> nn.Embedding:
    embedding = nn.Embedding(rows, WIDTH)
    embedding.weight = nn.Parameter(torch.tensor(table), requires_grad=False)
    return embedding
