"""Tokenizers trained on the corpus: WordPiece, byte-level BPE, joint BPE; the lecture's words stay whole."""

from collections.abc import Iterable, Iterator

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertTokenizerFast, PreTrainedTokenizerFast

from models.train.words import AMBIGUOUS, WHOLE, WHOLE_FOR_TRANSLATION

BERT_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
GPT_END = "<|endoftext|>"
TRANSLATION_SPECIAL = ["<s>", "</s>", "<pad>", "<unk>"]


def _with_whole_words(
    texts: Iterable[str], words: Iterable[str] = (*WHOLE, *AMBIGUOUS), repeats: int = 5000
) -> Iterator[str]:
    """The texts, then the lecture's words so often that the trainer merges each of them to the end."""
    yield from texts
    line = " " + " ".join(words)
    yield from (line for _ in range(repeats))


def wordpiece(texts: Iterable[str], size: int) -> BertTokenizerFast:
    """An uncased WordPiece tokenizer of at most `size` pieces."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, special_tokens=BERT_SPECIAL, limit_alphabet=120, min_frequency=2, show_progress=False
    )
    tokenizer.train_from_iterator(_with_whole_words(texts), trainer)
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", BERT_SPECIAL.index("[SEP]")), ("[CLS]", BERT_SPECIAL.index("[CLS]"))
    )
    return BertTokenizerFast(tokenizer_object=tokenizer, do_lower_case=True, model_max_length=512)


def byte_level(texts: Iterable[str], size: int) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer of `size` pieces, a word's leading space being part of it, as in GPT-2."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[GPT_END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_with_whole_words(texts), trainer)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=GPT_END, bos_token=GPT_END, unk_token=GPT_END, model_max_length=512
    )


def joint(texts: Iterable[str], size: int) -> PreTrainedTokenizerFast:
    """A BPE tokenizer for two languages, `size` pieces, "▁" for a space, as `<s> ... </s>`.

    Punctuation stands alone, with the space that French puts before it, and an elided word ends at its apostrophe.
    """
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace("’", "'")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r" ?[.?!,;:\"()«»]"), "isolated"),
            pre_tokenizers.Split("'", "merged_with_previous"),
            pre_tokenizers.Metaspace(prepend_scheme="first"),
        ]
    )
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="first")
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=TRANSLATION_SPECIAL, limit_alphabet=120, min_frequency=2, show_progress=False
    )
    words = (*WHOLE_FOR_TRANSLATION, *(word.capitalize() for word in WHOLE_FOR_TRANSLATION))
    tokenizer.train_from_iterator(_with_whole_words(texts, words), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        "<s> $A </s>", "<s> $A </s> $B </s>", [("<s>", 0), ("</s>", 1)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>",
        model_max_length=256, model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip
