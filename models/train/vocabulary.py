"""Tokenizers trained on the corpus: WordPiece for BERT, byte-level BPE for GPT; the lecture's words stay whole."""

from collections.abc import Iterable, Iterator

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertTokenizerFast, PreTrainedTokenizerFast

from models.train.words import AMBIGUOUS, WHOLE

BERT_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
GPT_END = "<|endoftext|>"


def _with_whole_words(texts: Iterable[str], repeats: int = 5000) -> Iterator[str]:
    """The texts, then the lecture's words so often that the trainer merges each of them to the end."""
    yield from texts
    line = " " + " ".join([*WHOLE, *AMBIGUOUS])
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
