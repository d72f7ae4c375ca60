"""Tiny random models of many families, made from their configurations: no weights are needed."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
import transformers as t

VOCABULARY = 97
SMALL = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
}
GROUPED = {**SMALL, "num_key_value_heads": 2, "head_dim": 8}
SEQ2SEQ = {
    "vocab_size": VOCABULARY, "d_model": 32, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4,
    "decoder_attention_heads": 4, "encoder_ffn_dim": 48, "decoder_ffn_dim": 48, "max_position_embeddings": 64,
    "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 1, "forced_eos_token_id": None,
}  # fmt: skip
T5 = {
    "vocab_size": VOCABULARY, "d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 2, "num_decoder_layers": 2,
    "num_heads": 4, "pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0,
}  # fmt: skip
MOE = {"num_local_experts": 2, "num_experts_per_tok": 1}

ENCODERS: dict[str, Callable[[], Any]] = {
    "bert": lambda: t.BertForMaskedLM(t.BertConfig(**SMALL)),
    "roberta": lambda: t.RobertaForMaskedLM(t.RobertaConfig(**SMALL | {"pad_token_id": 1})),
    "xlm-roberta": lambda: t.XLMRobertaForMaskedLM(t.XLMRobertaConfig(**SMALL | {"pad_token_id": 1})),
    "distilbert": lambda: t.DistilBertForMaskedLM(
        t.DistilBertConfig(
            vocab_size=VOCABULARY, dim=32, n_layers=2, n_heads=4, hidden_dim=48, max_position_embeddings=64
        )
    ),
    "albert": lambda: t.AlbertForMaskedLM(t.AlbertConfig(**SMALL, embedding_size=16)),
    "electra": lambda: t.ElectraForMaskedLM(t.ElectraConfig(**SMALL, embedding_size=16)),
    "camembert": lambda: t.CamembertForMaskedLM(t.CamembertConfig(**SMALL | {"pad_token_id": 1})),
    "modernbert": lambda: t.ModernBertForMaskedLM(
        t.ModernBertConfig(
            **SMALL,
            global_attn_every_n_layers=2,
            local_attention=4,
            bos_token_id=1,
            eos_token_id=2,
            cls_token_id=1,
            sep_token_id=2,
        )
    ),
}
DECODERS: dict[str, Callable[[], Any]] = {
    "gpt2": lambda: t.GPT2LMHeadModel(
        t.GPT2Config(vocab_size=VOCABULARY, n_embd=32, n_layer=2, n_head=4, n_positions=64)
    ),
    "gpt-neox": lambda: t.GPTNeoXForCausalLM(t.GPTNeoXConfig(**SMALL)),
    "llama": lambda: t.LlamaForCausalLM(t.LlamaConfig(**GROUPED)),
    "mistral": lambda: t.MistralForCausalLM(t.MistralConfig(**GROUPED, sliding_window=4)),
    "qwen2": lambda: t.Qwen2ForCausalLM(t.Qwen2Config(**SMALL, num_key_value_heads=2)),
    "qwen3": lambda: t.Qwen3ForCausalLM(t.Qwen3Config(**GROUPED)),
    "gemma": lambda: t.GemmaForCausalLM(t.GemmaConfig(**GROUPED)),
    "gemma2": lambda: t.Gemma2ForCausalLM(
        t.Gemma2Config(**GROUPED, sliding_window=4, attn_logit_softcapping=2.0, query_pre_attn_scalar=8)
    ),
    "gemma3": lambda: t.Gemma3ForCausalLM(t.Gemma3TextConfig(**GROUPED, sliding_window=4)),
    "phi": lambda: t.PhiForCausalLM(t.PhiConfig(**SMALL)),
    "phi3": lambda: t.Phi3ForCausalLM(t.Phi3Config(**SMALL, num_key_value_heads=2, bos_token_id=1, eos_token_id=2)),
    "olmo": lambda: t.OlmoForCausalLM(t.OlmoConfig(**SMALL)),
    "opt": lambda: t.OPTForCausalLM(
        t.OPTConfig(
            vocab_size=VOCABULARY,
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=4,
            ffn_dim=48,
            max_position_embeddings=64,
            word_embed_proj_dim=32,
        )
    ),
    "granite": lambda: t.GraniteForCausalLM(t.GraniteConfig(**SMALL, num_key_value_heads=2, attention_multiplier=0.3)),
    "stablelm": lambda: t.StableLmForCausalLM(t.StableLmConfig(**SMALL, num_key_value_heads=2)),
    "smollm3": lambda: t.SmolLM3ForCausalLM(t.SmolLM3Config(**SMALL, num_key_value_heads=2)),
    "gpt-oss": lambda: t.GptOssForCausalLM(t.GptOssConfig(**GROUPED, **MOE, sliding_window=4)),
}
SEQ2SEQS: dict[str, Callable[[], Any]] = {
    "t5": lambda: t.T5ForConditionalGeneration(t.T5Config(**T5)),
    "mt5": lambda: t.MT5ForConditionalGeneration(t.MT5Config(**T5)),
    "bart": lambda: t.BartForConditionalGeneration(t.BartConfig(**SEQ2SEQ)),
    "marian": lambda: t.MarianMTModel(t.MarianConfig(**SEQ2SEQ)),
    "mbart": lambda: t.MBartForConditionalGeneration(t.MBartConfig(**SEQ2SEQ)),
    "pegasus": lambda: t.PegasusForConditionalGeneration(t.PegasusConfig(**SEQ2SEQ)),
}
BYPASSING: dict[str, Callable[[], Any]] = {
    "mpnet": lambda: t.MPNetForMaskedLM(t.MPNetConfig(**SMALL | {"pad_token_id": 1})),
    "deberta-v2": lambda: t.DebertaV2ForMaskedLM(t.DebertaV2Config(**SMALL)),
    "roformer": lambda: t.RoFormerForMaskedLM(t.RoFormerConfig(**SMALL)),
    "bloom": lambda: t.BloomForCausalLM(t.BloomConfig(vocab_size=VOCABULARY, hidden_size=32, n_layer=2, n_head=4)),
    "falcon": lambda: t.FalconForCausalLM(
        # Falcon cannot change its attention function once it is built.
        t.FalconConfig(
            vocab_size=VOCABULARY,
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=4,
            attn_implementation="eager",
        )
    ),
    "gpt-neo": lambda: t.GPTNeoForCausalLM(
        t.GPTNeoConfig(
            vocab_size=VOCABULARY,
            hidden_size=32,
            num_layers=2,
            num_heads=4,
            attention_types=[[["global", "local"], 1]],
            max_position_embeddings=64,
        )
    ),
    "gptj": lambda: t.GPTJForCausalLM(
        t.GPTJConfig(vocab_size=VOCABULARY, n_embd=32, n_layer=2, n_head=4, rotary_dim=4, n_positions=64)
    ),
    "openai-gpt": lambda: t.OpenAIGPTLMHeadModel(
        t.OpenAIGPTConfig(vocab_size=VOCABULARY, n_embd=32, n_layer=2, n_head=4, n_positions=64)
    ),
    "xlnet": lambda: t.XLNetLMHeadModel(
        t.XLNetConfig(vocab_size=VOCABULARY, d_model=32, n_layer=2, n_head=4, d_inner=48)
    ),
}


ALL = {**ENCODERS, **DECODERS, **SEQ2SEQS, **BYPASSING}


@cache
def built(name: str) -> Any:
    """Return a tiny random model in evaluation mode; its weights are spread so that attention is far from uniform."""
    torch.manual_seed(7)
    # T5 does not scale its scores: spread as far as the others, one rounding error would move its weights by 1e-5.
    return spread(ALL[name](), 2.0 if name in ("t5", "mt5") else 6.0)


def spread(model: Any, factor: float) -> Any:
    """Multiply every matrix of a model, in place."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(factor)
    return model.eval()


@cache
def eager(name: str) -> Any:
    """Return the same model as transformers runs it by itself, with attention written out."""
    model = copy.deepcopy(built(name))
    if model.config._attn_implementation != "eager":
        model.set_attn_implementation("eager")
    return model


@dataclass(frozen=True)
class Texts:
    """A batch of two texts, the second shorter and padded, and their segments."""

    ids: torch.Tensor
    mask: torch.Tensor
    segments: torch.Tensor


def texts(pad: int = 0, *, left: bool = False) -> Texts:
    """Return two texts of ten and seven tokens; padding is on the right, or on the left."""
    generator = torch.Generator().manual_seed(3)
    ids = torch.randint(5, VOCABULARY, (2, 10), generator=generator)
    mask = torch.ones_like(ids)
    empty = slice(3) if left else slice(7, None)
    ids[1, empty], mask[1, empty] = pad, 0
    segments = torch.tensor([[0] * 6 + [1] * 4] * 2)
    return Texts(ids, mask, segments)
