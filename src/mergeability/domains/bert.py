"""BERT (Devlin et al. 2019, arXiv 1810.04805) as a sentence encoder, with the names of its files.

`transformers` has it too, and gives the same embeddings. But importing it takes longer than most
jobs here run, and nothing else of it would be used.
"""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

PAD = 0  # the token of no text, which fills up a batch


class SentenceEncoder(nn.Module):
    """Maps tokens int64 [N, T] to the means of their last hidden states, [N, hidden_size].

    `config` has the keys of a `config.json` of BERT: `vocab_size`, `max_position_embeddings`,
    `hidden_size`, `num_hidden_layers`, `num_attention_heads`, `intermediate_size`,
    `layer_norm_eps`. There is no dropout. Padding, at the end of a row, has no effect.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        self.embeddings = _Embeddings(config)
        layers = [_Layer(config) for _ in range(config["num_hidden_layers"])]
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(layers)})

    def forward(self, tokens: Tensor) -> Tensor:
        return self.encode(self.embed(tokens), tokens != PAD)

    def embed(self, tokens: Tensor) -> Tensor:
        """The embeddings of tokens, before positions are added: [N, T, hidden_size]."""
        embedded: Tensor = self.embeddings.word_embeddings(tokens)
        return embedded

    def encode(self, embedded: Tensor, mask: Tensor) -> Tensor:
        """From the embeddings of tokens to those of texts; `mask` [N, T] is true for tokens."""
        return mean_over(self.hidden_states(embedded, mask), mask)

    def hidden_states(self, embedded: Tensor, mask: Tensor) -> Tensor:
        """Outputs of the last layer, [N, T, hidden_size]; those of padding mean nothing."""
        states: Tensor = self.embeddings(embedded)
        for layer in self.encoder["layer"].children():
            states = layer(states, mask[:, None, None, :])
        return states


def mean_over(states: Tensor, mask: Tensor) -> Tensor:
    """The mean of the states [N, T, width] of tokens: [N, width]."""
    weights = mask.to(states.dtype)[:, :, None]
    return (states * weights).sum(dim=1) / weights.sum(dim=1)


class _Embeddings(nn.Module):
    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        width = config["hidden_size"]
        self.word_embeddings = nn.Embedding(config["vocab_size"], width)
        self.position_embeddings = nn.Embedding(config["max_position_embeddings"], width)
        self.token_type_embeddings = nn.Embedding(config["type_vocab_size"], width)
        self.LayerNorm = nn.LayerNorm(width, eps=config["layer_norm_eps"])

    def forward(self, embedded: Tensor) -> Tensor:
        positions = self.position_embeddings.weight[: embedded.shape[1]]
        # In this order, so that sums round as they do in `transformers`.
        normalised: Tensor = self.LayerNorm(
            embedded + self.token_type_embeddings.weight[0] + positions
        )
        return normalised


class _Layer(nn.Module):
    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        width, inner = config["hidden_size"], config["intermediate_size"]
        epsilon = config["layer_norm_eps"]
        self.heads = config["num_attention_heads"]
        projections = {name: nn.Linear(width, width) for name in ("query", "key", "value")}
        self.attention = nn.ModuleDict(
            {"self": nn.ModuleDict(projections), "output": _Output(width, width, epsilon)}
        )
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(width, inner)})
        self.output = _Output(inner, width, epsilon)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        query, key, value = (
            project(states).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for project in self.attention["self"].children()
        )  # each [N, heads, T, head width]
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        states = self.attention["output"](mixed.transpose(1, 2).flatten(2), states)
        inner = functional.gelu(self.intermediate["dense"](states))
        result: Tensor = self.output(inner, states)
        return result


class _Output(nn.Module):
    def __init__(self, inputs: int, width: int, epsilon: float) -> None:
        super().__init__()
        self.dense = nn.Linear(inputs, width)
        self.LayerNorm = nn.LayerNorm(width, eps=epsilon)

    def forward(self, inner: Tensor, states: Tensor) -> Tensor:
        normalised: Tensor = self.LayerNorm(self.dense(inner) + states)
        return normalised
