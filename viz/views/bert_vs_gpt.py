"""One sentence, read by a bidirectional and by a causal model, side by side."""

from typing import TYPE_CHECKING

import numpy as np

from viz import knobs
from viz.attention_figure import attention_figure
from viz.attention_shown import Shown
from viz.attention_sides import Special
from viz.attention_terms import ATTENTION_WEIGHTS, described
from viz.spec import Link, Spec, tied
from viz.state import State, knob, within
from viz.view import Run, View

if TYPE_CHECKING:
    from models.trace import Trace


class BertVsGpt(State):
    """What may be chosen: the sentence, the two models, and one layer and head for both."""

    text: str = knobs.sentence("The cat chased the mouse.")
    bert: str = knob("bert-tiny", "Bidirectional model", kind="model", max_length=200)
    gpt: str = knob("gpt-tiny", "Causal model", kind="model", max_length=200)
    layer: int = knobs.layer()
    head: int = knobs.head()
    special: Special = knob(
        "show",
        "Special tokens",
        options={"show": "shown", "hide": "hidden", "renormalise": "hidden, rows renormalised"},
    )


def runs(state: BertVsGpt) -> tuple[Run, ...]:
    """Ask for the same sentence through both models."""
    return (Run(state.bert, state.text), Run(state.gpt, state.text))


def build(state: BertVsGpt, traces: tuple["Trace", ...]) -> Spec:
    """Return two attention figures at the same layer and head."""
    notices: list[str] = []
    figures, places = [], []
    for origin, trace in enumerate(traces):
        layer, no_layer = within(state.layer, trace.n_layers(trace.kinds[0]), "layer")
        head, no_head = within(state.head, trace.n_heads(trace.kinds[0]), "head")
        notices += [f"{trace.model.name}: {sentence}" for sentence in (*no_layer, *no_head)]
        places.append(described(trace, trace.kinds[0], layer, head))
        figures.append(
            attention_figure(
                trace,
                trace.kinds[0],
                layer,
                head,
                special=state.special,
                panels=("matrix", "overview"),
                origin=origin,
                title=f"{trace.model.name}: {_reads(trace)}",
            )
        )
    return Spec(
        tuple(figures),
        " Beside it: ".join(figure.alt for figure in figures),
        f"{places[0]} beside {places[1]}. Rows are queries, columns are keys; hidden positions have a weight of 0.",
        formula=FORMULA,
        notices=(*notices, *_both_alike(traces)),
        limits={
            "layer": max(trace.n_layers(trace.kinds[0]) for trace in traces) - 1,
            "head": max(trace.n_heads(trace.kinds[0]) for trace in traces) - 1,
        },
    )


def shown(state: BertVsGpt, traces: tuple["Trace", ...], origin: int) -> Shown:
    """Return what the figure of one of the two models shows, for any layer and head."""
    return Shown(traces[origin], traces[origin].kinds[0], state.special)


def looks_ahead(trace: "Trace") -> bool:
    """Return whether any query may look at a later position, told from the mask that the model used."""
    mask = np.isneginf(trace.mask(trace.kinds[0], 0))
    return not mask[np.triu_indices_from(mask, 1)].all()


def _reads(trace: "Trace") -> str:
    return "every token sees every token" if looks_ahead(trace) else "a token sees itself and what came before"


def _both_alike(traces: tuple["Trace", ...]) -> tuple[str, ...]:
    ahead = {looks_ahead(trace) for trace in traces}
    if len(ahead) > 1:
        return ()
    names = " and ".join(trace.model.name for trace in traces)
    return (f"{names} read in the same direction: choose an encoder and a decoder to see the difference.",)


FORMULA = tied(ATTENTION_WEIGHTS, softmax=(0,), scores=(0,), scale=(0,), mask=(1,))

VIEW = View(
    key="bert-vs-gpt",
    title="BERT beside GPT",
    chapter="BERT and GPT",
    question="What may BERT see that GPT may not?",
    lead="BERT reads the whole sentence at once. GPT predicts the next word, so it may only look back.",
    state=BertVsGpt,
    build=build,
    runs=runs,
    shown=shown,
    misconception="GPT does not read word by word at training time: all rows are computed at once, and the mask keeps "
    "each row from seeing what comes after it.",
    not_shown="That the two models were trained on different tasks, and cut the sentence into different tokens.",
    references=(
        Link("Devlin et al. 2019, BERT", "https://arxiv.org/abs/1810.04805"),
        Link(
            "Radford et al. 2019, GPT-2",
            "https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf",
        ),
    ),
)
