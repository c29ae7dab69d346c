"""Our BERT against that of transformers: tokens and embeddings."""

import torch
import transformers

from mergeability.domains.bert import PAD, SentenceEncoder

SIZES = {
    "vocab_size": 50, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4,
    "intermediate_size": 64, "max_position_embeddings": 24, "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
}  # fmt: skip


def test_embeddings_are_those_of_transformers():
    torch.manual_seed(0)
    theirs = transformers.BertModel(transformers.BertConfig(**SIZES)).eval()
    ours = SentenceEncoder(SIZES)
    state = {n: t for n, t in theirs.state_dict().items() if not n.startswith("pooler.")}
    state.pop("embeddings.position_ids", None)
    ours.load_state_dict(state)
    tokens = torch.randint(1, 50, (7, 20))
    for row in range(7):
        tokens[row, 20 - 2 * row :] = PAD
    mask = tokens != PAD
    with torch.no_grad():
        states = theirs(tokens, attention_mask=mask.long()).last_hidden_state
        weights = mask[:, :, None].float()
        expected = (states * weights).sum(dim=1) / weights.sum(dim=1)
        torch.testing.assert_close(ours(tokens), expected, rtol=1e-5, atol=1e-5)
