"""Text to tokens: one sentence through several tokenizers, piece by piece, with ids, special and unknown tokens."""

from models.asks import Embed, Embedded
from models.catalogue import find
from models.errors import LecternError
from viz import knobs
from viz.chips import ChipRow, Chips
from viz.spec import Link, Spec, Term
from viz.state import State, knob
from viz.view import View
from viz.words import and_list, counted, quote, shorten

# What vocabularies call a piece that they do not have.
UNKNOWN = frozenset(["[UNK]", "<unk>"])


class TokensState(State):
    """What may be chosen: the sentence, up to three models, and a token that is looked for everywhere."""

    text: str = knobs.sentence("Your cat is a lovely cat")
    model: str = knobs.model("bert-tiny")
    second: str = knob("gpt-tiny", "Beside it", kind="model", max_length=200)
    third: str = knob("en-fr" if find("en-fr") else "", "And beside it", kind="model", max_length=200)
    chosen: str = knob("cat", "Chosen token", kind="hidden", max_length=200)


def runs(state: TokensState) -> tuple[Embed, ...]:
    """Ask each model which rows of its table the sentence becomes."""
    if not state.text.strip():
        raise LecternError("The sentence is empty: type at least one word.")
    names = [state.model, *(name for name in (state.second, state.third) if name.strip())]
    return tuple(Embed(name, state.text) for name in dict.fromkeys(names))


def build(state: TokensState, answers: tuple[Embedded, ...]) -> Spec:
    """Return the words as the lecture writes them, and a row of pieces for each tokenizer."""
    rows = (_words(state), *(_pieces(answer, state.chosen) for answer in answers))
    found = [_summary(answer) for answer in answers]
    alt = f"{quote(shorten(state.text))} in pieces: {'; '.join(found)}."
    chips = Chips("The same sentence, cut by each tokenizer", rows, alt, pick="chosen", note=NOTE)
    return Spec((chips,), alt, f"{quote(shorten(state.text))}: {'; '.join(found)}.", FORMULA)


NOTE = (
    "Press a token to find it everywhere. Dashed: goes on with the word before it. Dotted: added by the tokenizer. "
    "The number is the row of the vocabulary."
)


def _words(state: TokensState) -> ChipRow:
    words = state.text.split()[:400]
    texts = ("<s>", *words, "</s>")
    special = (True, *[False] * len(words), True)
    details = tuple(f"{quote(text)} as the lecture writes it: words, a start and an end." for text in texts)
    return ChipRow(
        "words", texts, special=special, marked=_same(texts, state.chosen), details=details, picks=_keys(texts)
    )


def _pieces(answer: Embedded, chosen: str) -> ChipRow:
    tokens = answer.tokens
    return ChipRow(
        answer.model.name,
        tokens.tokens,
        ids=tokens.ids,
        special=tokens.special,
        groups=tokens.words,
        marked=_same(tokens.tokens, chosen),
        details=tuple(_detail(answer, i) for i in range(len(tokens.ids))),
        picks=_keys(tokens.tokens),
    )


def _keys(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text.removeprefix("##").lower()[:200] for text in texts)


def _same(texts: tuple[str, ...], chosen: str) -> tuple[int, ...]:
    return tuple(i for i, key in enumerate(_keys(texts)) if key == chosen.lower())


def _detail(answer: Embedded, place: int) -> str:
    tokens, rows = answer.tokens, _vocabulary(answer)
    piece, number = tokens.pieces[place], tokens.ids[place]
    where = f"Position {place}: {quote(piece)} is row {number:,}" + (f" of {rows:,}." if rows else ".")
    if piece in UNKNOWN:
        return f"{where} The vocabulary has no piece for what stood here; every unknown word gets this same row."
    if tokens.special[place]:
        return f"{where} No word: the tokenizer adds it."
    word = tokens.words[place]
    parts = [tokens.pieces[i] for i, other in enumerate(tokens.words) if other == word and word is not None]
    return f"{where} Its word is cut into {and_list([quote(part) for part in parts])}." if len(parts) > 1 else where


def _vocabulary(answer: Embedded) -> int:
    return next((part.table[0] for part in answer.parts if part.role == "token"), 0)


def _summary(answer: Embedded) -> str:
    tokens = answer.tokens
    special, unknown = sum(tokens.special), sum(piece in UNKNOWN for piece in tokens.pieces)
    rows = _vocabulary(answer)
    parts = [counted(len(tokens.ids) - special, "piece")]
    parts += [f"{special} special"] if special else []
    parts += [f"{unknown} unknown"] if unknown else []
    return f"{answer.model.name} makes {' and '.join(parts)}" + (f" out of {rows:,}" if rows else "")


FORMULA = (
    Term("text", at=(0, 0)),
    Term(" → "),
    Term("piece₁ … pieceₙ", at=(0, 1)),
    Term(" → "),
    Term("id₁ … idₙ", at=(0, 1)),
)

VIEW = View(
    key="tokens",
    title="Tokens",
    chapter="The Transformer",
    question="What does a model read instead of words?",
    lead="Pieces of its vocabulary, each with a number. Type a rare word, and see where each tokenizer cuts it.",
    state=TokensState,
    build=build,  # type: ignore[arg-type]
    runs=runs,
    misconception="A token is not a word: rare words fall into pieces, and every model cuts in its own way. The number "
    "says nothing about meaning: neighbouring rows are no relatives.",
    not_shown="How the vocabulary was learned: byte-pair encoding and WordPiece join the pairs that are frequent.",
    references=(
        Link("Sennrich et al. 2016, Neural machine translation of rare words with subword units", "https://arxiv.org/abs/1508.07909"),
        Link("Wu et al. 2016, WordPiece in Google's translation system", "https://arxiv.org/abs/1609.08144"),
    ),
)  # fmt: skip
