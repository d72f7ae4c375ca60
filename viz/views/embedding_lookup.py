"""Ids to rows of the embedding matrix, plus position: what the first layer reads, in a table by hand and in a model."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from models.asks import Embed, Embedded, Part
from models.errors import LecternError
from models.worked import course
from viz.scene import Add, Cosine, Given, Look, Matrix, Scale, Step, Take, Walk, derived, distance, signed
from viz.spec import Link, Spec, Term
from viz.state import NumberTable, State, knob
from viz.view import View
from viz.words import and_list, number, quote, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

MODEL = {"source": ["model"]}
COLUMNS = 3
MOST_POSITIONS = 64
NAMES = {"position": "Position rows", "segment": "Segment rows", "other": "More rows"}


class EmbeddingLookup(State):
    """What may be chosen: a model or the lecture's table, the sentence, and which numbers of each row are shown."""

    source: Literal["model", "course"] = knob(
        "model", "Table of", options={"model": "a model", "course": "the lecture (three numbers a row)"}
    )
    text: str = knob("Your cat is a lovely cat", "Sentence", when=MODEL, top=True, max_length=200_000)
    model: str = knob("bert-tiny", "Model", kind="model", when=MODEL, top=True, max_length=200)
    first: int = knob(0, "From number", when=MODEL, ge=0, le=99_999, help="Three numbers of each row are shown.")
    words: str = knob("I in a a", "Words, of the table", when={"source": ["course"]}, max_length=200)
    table: NumberTable = knob(course.LOOKUP_TABLE, "Table", kind="hidden")


def runs(state: EmbeddingLookup) -> tuple[Embed, ...]:
    """Ask which rows are added up, where a model is shown."""
    return (Embed(state.model, state.text),) if state.source == "model" else ()


def build(state: EmbeddingLookup, answers: tuple[Embedded, ...]) -> Spec:
    """Return the walkthrough from ids to the first vectors."""
    return _of_model(state, answers[0]) if answers else _of_course(state)


def _of_model(state: EmbeddingLookup, found: Embedded) -> Spec:
    width = found.first.shape[1]
    start = min(state.first, max(0, width - COLUMNS))
    walk = _walk(found, start)
    where = f"numbers {start} to {min(start + COLUMNS, width) - 1} of {width}"
    caption = f"{quote(shorten(state.text))} in {found.model.name}: rows of its tables added up, {where}."
    notices = (f"Only the first {MOST_POSITIONS} tokens are shown.",) if len(found.tokens.ids) > MOST_POSITIONS else ()
    return Spec(
        (walk,),
        walk.alt,
        caption,
        FORMULA,
        notices=notices,
        limits={"first": max(0, width - COLUMNS)},
        changed={"first": start},
    )


def _walk(found: Embedded, start: int) -> Walk:
    tokens = found.tokens.tokens[:MOST_POSITIONS]
    ids = found.tokens.ids[:MOST_POSITIONS]
    names = tuple(f"{i} {token}" for i, token in enumerate(tokens))
    shown = slice(start, start + COLUMNS)
    columns = tuple(map(str, range(start, min(start + COLUMNS, found.first.shape[1]))))
    m: dict[str, Matrix] = {}
    look: Look = signed(*(part.rows[:MOST_POSITIONS, shown] for part in found.parts))
    words = next(part for part in found.parts if part.role == "token")
    places = _table(m, words, ids, tokens, shown, columns, look)
    title = f"Token rows ({len(names)})"
    m["rows"] = derived(m, "rows", title, Take("table", places), names, columns, **{**look, "symbol": "E"})  # type: ignore[arg-type]
    steps = [_looked_up(ids, tokens, words)]
    last = _scaled(m, found, names, columns, look, steps)
    for part in (part for part in found.parts if part.role != "token"):
        last = _added(m, part, last, names, columns, shown, look, steps)
    _finished(m, found, last, names, columns, shown, steps)
    _equal(m, found, words, names, steps)
    alt = f"The rows of {and_list([quote(token) for token in dict.fromkeys(tokens)][:12])} in {found.model.name}."
    return Walk("From ids to vectors", m, tuple(steps), alt)


def _table(
    m: dict[str, Matrix],
    words: Part,
    ids: "Sequence[int]",
    tokens: "Sequence[str]",
    shown: slice,
    columns: tuple[str, ...],
    look: Look,
) -> tuple[int, ...]:
    """Put the rows that are used into a table, in the order of the vocabulary, and return where each id is in it."""
    used = sorted(set(ids))
    values = np.array([words.rows[ids.index(i)][shown] for i in used])
    labels = tuple(f"{i} {tokens[ids.index(i)]}" for i in used)
    rows, width = words.table
    note = Given(f"Learned in training: {len(used)} of the {rows:,} rows, {len(columns)} of their {width} numbers.")
    m["table"] = Matrix("table", f"Embedding matrix ({rows:,} × {width})", values, labels, columns, note, **look)
    return tuple(used.index(i) for i in ids)


def _looked_up(ids: "Sequence[int]", tokens: "Sequence[str]", words: Part) -> Step:
    twice = next((token for i, token in enumerate(tokens) if ids[i] in ids[:i]), None)
    equal = f" Both {quote(twice)} have the same row: it does not know its sentence." if twice else ""
    return Step(
        "Look up the row of each id", f"No arithmetic: the id is the number of a row.{equal}",
        ("table", "→", "rows"), term="rows",
    )  # fmt: skip


def _scaled(
    m: dict[str, Matrix], found: Embedded, names: tuple[str, ...], columns: tuple[str, ...], look: Look,
    steps: list[Step],
) -> str:  # fmt: skip
    if found.scale == 1.0:
        return "rows"
    rule = Scale("rows", found.scale, f"× {found.scale:.4g}")
    m["scaled"] = derived(m, "scaled", "Scaled", rule, names, columns, **signed(m["rows"].values * found.scale))
    steps.append(Step("Times √d", "This family makes the rows larger first.", ("rows", "→", "scaled"), term="rows"))
    return "scaled"


def _added(
    m: dict[str, Matrix], part: Part, last: str, names: tuple[str, ...], columns: tuple[str, ...], shown: slice,
    look: Look, steps: list[Step],
) -> str:  # fmt: skip
    key, total = f"part{len(steps)}", f"sum{len(steps)}"
    values = part.rows[: len(names), shown]
    which = f"Rows of a table of {part.table[0]:,}, one for each {part.role}."
    m[key] = Matrix(key, NAMES.get(part.role, "More rows"), values, names, columns, Given(which), **look)
    m[total] = derived(m, total, "Sum", Add(last, key), names, columns, **look)
    caption = {
        "position": "The same word at another place gets another vector now. The numbers are simply added.",
        "segment": "First sentence or second: the same row for every token of a sentence.",
    }.get(part.role, "Another table of this family.")
    steps.append(Step(f"Add the {part.role}", caption, (last, "+", key, "=", total), term=part.role))
    return total


def _finished(
    m: dict[str, Matrix], found: Embedded, last: str, names: tuple[str, ...], columns: tuple[str, ...], shown: slice,
    steps: list[Step],
) -> None:  # fmt: skip
    values = found.first[: len(names), shown]
    if distance(values, m[last].values) < 1e-4 * max(1.0, float(np.abs(values).max())):
        return
    note = Given(f"{found.model.name}'s own first hidden state: a layer norm over all {found.first.shape[1]} numbers.")
    m["first"] = Matrix("first", "What layer 0 reads", values, names, columns, note, **signed(values))
    caption = (
        "A layer norm over the whole row brings every vector to the same size. The block view shows its arithmetic."
    )
    steps.append(Step("A norm at the end", caption, (last, "→", "first"), term="input"))


def _equal(m: dict[str, Matrix], found: Embedded, words: Part, names: tuple[str, ...], steps: list[Step]) -> None:
    columns = tuple(map(str, range(found.first.shape[1])))
    note = Given("All numbers of the row.")
    for key, title, values in (("all_rows", "Token rows", words.rows), ("all_first", "Layer 0 reads", found.first)):
        m[key] = Matrix(key, f"{title}, whole", values[: len(names)], names, columns, note, **signed(values))
    look: Look = {"colour": "signed", "low": -1.0, "high": 1.0}
    m["same"] = derived(m, "same", "Cosines of the rows", Cosine("all_rows", "all_rows"), names, names, **look)
    m["moved"] = derived(m, "moved", "Cosines of what is read", Cosine("all_first", "all_first"), names, names, **look)
    caption = "Over all numbers: equal words have cosine 1 on the left. Position moves them apart on the right."
    steps.append(Step("Equal words, before and after", caption, ("same", "→", "moved"), term="input"))


def _of_course(state: EmbeddingLookup) -> Spec:
    names = course.LOOKUP_WORDS
    table = np.array(state.table, dtype=float)
    words = state.words.split()
    unknown = [word for word in words if word not in names]
    if not words or unknown or len(table) != len(names):
        raise LecternError(f"The lecture's table has rows for {and_list([quote(w) for w in names])}: use these words.")
    columns = tuple(map(str, range(table.shape[1])))
    labels = tuple(f"{i} {word}" for word, i in zip(names, course.LOOKUP_IDS, strict=True))
    look: Look = {**signed(table), "digits": 2}
    note = Given("The lecture prints the row numbers; the numbers in the rows are an example and can be changed.")
    m = {"table": Matrix("table", "Embedding matrix", table, labels, columns, note, edit="table", **look)}
    rows = tuple(f"{i} {word}" for i, word in enumerate(words))
    places = tuple(names.index(word) for word in words)
    m["rows"] = derived(m, "rows", "Token rows", Take("table", places), rows, columns, **look)
    caption = "The id is the number of a row, no more. Change the row of “a”: every “a” changes with it."
    alt = f"The rows of {' '.join(words)} in a table of three."
    walk = Walk("From ids to vectors", m, (Step("Look up", caption, ("table", "→", "rows"), term="rows"),), alt)
    ids = ", ".join(f"{word} {number(names_id, 0)}" for word, names_id in zip(names, course.LOOKUP_IDS, strict=True))
    return Spec((walk,), alt, f"The lecture's vocabulary index ({ids}) and the rows it points at.", FORMULA)


FORMULA = (
    Term("x", term="input"),
    Term("i", style="sub", term="input"),
    Term(" = E[id", term="rows"),
    Term("i", style="sub", term="rows"),
    Term("]", term="rows"),
    Term(" + P[i]", term="position"),
    Term(" + S[sentence]", term="segment"),
)

VIEW = View(
    key="embedding-lookup",
    title="Embedding look-up",
    chapter="The Transformer",
    question="How does a number become a vector?",
    lead="The id of a token picks a row of a learned table; the row of its position is added.",
    state=EmbeddingLookup,
    build=build,
    runs=runs,
    misconception="These rows know nothing of the sentence: “bank” has one row, whatever it means here. Context comes "
    "from attention, layer by layer.",
    not_shown="Three numbers of each row at a time; the cosines take all of them. Decoders often use the same table "
    "again to write.",
    references=(
        Link("Vaswani et al. 2017, Attention is all you need, section 3.4", "https://arxiv.org/abs/1706.03762"),
        Link("Devlin et al. 2019, BERT, figure 2", "https://arxiv.org/abs/1810.04805"),
    ),
)
