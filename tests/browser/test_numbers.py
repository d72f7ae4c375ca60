"""Every number on the page is the model's, or the hand calculation's: read from the page, computed again here."""

import numpy as np
import pytest
import torch

from models import run
from tests.browser.reader import Reader, close_to
from tests.browser.server import Server

CAT = "Your cat is a lovely cat"
SCORES = np.array([[0.7, 0.1, 0.1, 0.1], [0.1, 0.6, 0.2, 0.1], [0.1, 0.3, 0.6, 0.1], [0.1, 0.3, 0.3, 0.3]])
IMAGE = np.array([[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1.0]])
KERNEL = np.array([[0, 1, 2], [2, 2, 0], [0, 1, 2.0]])
BANK = (
    "He sat down by the bank of the river and watched the water.",
    "She walked into the bank to open an account.",
    "The bank of the stream was covered with grass.",
    "The bank lends money to people who want to buy a house.",
)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return shares by row."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def cosine(vectors: np.ndarray) -> np.ndarray:
    """Return the cosine of every pair of rows."""
    unit = vectors.astype(float) / np.linalg.norm(vectors.astype(float), axis=1, keepdims=True)
    return unit @ unit.T


def test_the_attention_matrix_and_its_arcs_are_the_weights_of_the_chosen_head(reader: Reader):
    reader.open(view="attention", text=CAT, model="bert-tiny", layer=2, head=1)
    trace = run("bert-tiny", CAT)
    weights = trace.weights("self", 2, 1)
    close_to(reader.matrix("weights"), weights)
    close_to(reader.behind()["weights"], weights)
    assert reader.labels("row") == reader.labels("col") == trace.tokens
    arcs = reader.page.locator(".lx-arcs-picture path")
    drawn = arcs.evaluate_all("(all) => all.map(({ dataset: arc }) => [arc.query, arc.key, arc.number].map(Number))")
    falling = -np.sort(-weights.astype(float), axis=1)
    before = np.cumsum(falling, axis=1) - falling
    strongest = np.sort(falling[before < 0.9 * falling.sum(axis=1, keepdims=True)])
    close_to(np.sort([weight for *_, weight in drawn]), strongest)
    for query, key, weight in drawn:
        assert weight == pytest.approx(weights[int(query), int(key)], abs=1e-7)


def test_a_token_under_the_pointer_tells_the_shares_of_its_row(reader: Reader):
    reader.open(view="attention", text=CAT, layer=1, head=0)
    weights = run("bert-tiny", CAT).weights("self", 1, 0)
    reader.page.locator('[data-side="query"][data-index="2"]').hover()
    told = reader.page.locator(".lx-tokens-key .lx-share").all_text_contents()
    expected = [f"{100 * weight:.0f}" if weight >= 0.005 else "" for weight in weights[2]]
    assert [part.rstrip(" %\u202f\u00a0") for part in told] == expected


def test_hidden_special_tokens_and_merged_words_follow_from_the_same_weights(reader: Reader):
    text = "The unbelievable photosynthesis"
    reader.open(view="attention", text=text, special="renormalise", words=1)
    trace = run("bert-tiny", text)
    kept = [i for i, special in enumerate(trace.special) if not special]
    weights = trace.weights("self", 0, 0)[np.ix_(kept, kept)].astype(float)
    weights /= weights.sum(axis=1, keepdims=True)
    words = np.array([trace.words[i] for i in kept])
    assert len(set(words)) == 3 < len(words)
    to = np.stack([weights[:, words == w].sum(axis=1) for w in range(3)], axis=1)
    merged = np.stack([to[words == w].mean(axis=0) for w in range(3)])
    close_to(reader.matrix("weights"), merged)
    assert reader.labels("row") == text.lower().split()


def test_every_step_of_attention_shows_what_the_model_computed(reader: Reader):
    text = "The cat sat on the mat"
    reader.open(view="attention-steps", text=text, model="gpt-tiny", layer=1, head=2)
    trace = run("gpt-tiny", text, detail=1)
    found, place = trace.projection("self", 1, 2), ("self", 1, 2)
    weights = trace.weights(*place)
    expected = {
        "x": found.x, "w_q": found.w_q, "w_k": found.w_k, "w_v": found.w_v,
        "q": trace.query(*place), "k": trace.key(*place), "v": trace.value(*place),
        "raw": trace.scores(*place, stage="raw"), "scaled": trace.scores(*place, stage="scaled"),
        "mask": trace.mask("self", 1), "masked": trace.scores(*place, stage="masked"),
        "weights": weights, "output": weights.astype(float) @ trace.value(*place).astype(float),
    }  # fmt: skip
    assert np.isneginf(expected["masked"][0, 1:]).all()
    shown = reader.behind()
    assert set(expected) <= set(shown)
    for key, numbers in expected.items():
        close_to(shown[key], numbers[:256, :64])
    reader.open(view="attention-steps", text=text, model="gpt-tiny", layer=1, head=2, step=6)
    assert reader.page.locator(".lx-dot.is-now").get_attribute("title") == "7: Softmax"
    close_to(reader.matrix("masked"), expected["masked"])
    close_to(reader.matrix("weights"), expected["weights"])


def test_masked_scores_are_the_lecture_s_and_softmax_is_worked_out_by_hand(reader: Reader):
    reader.open(view="masked-scores", step=2)
    masked = np.where(np.tri(4) > 0, SCORES, -np.inf)
    close_to(reader.matrix("scores"), SCORES)
    close_to(reader.matrix("mask"), np.where(np.tri(4) > 0, 0, -np.inf))
    close_to(reader.matrix("masked"), masked)
    reader.walk_to("Softmax by row")
    close_to(reader.matrix("weights"), softmax(masked))
    reader.walk_to("Zero is not hidden")
    close_to(reader.matrix("leaked"), softmax(np.where(np.tri(4) > 0, SCORES, 0)))


def test_masked_scores_of_a_decoder_are_those_of_its_head(reader: Reader):
    text = "The cat sat on the mat"
    reader.open(view="masked-scores", source="model", model="gpt-tiny", text=text, layer=2, head=1, step=3)
    trace = run("gpt-tiny", text)
    close_to(reader.matrix("masked"), trace.scores("self", 2, 1, stage="masked"))
    close_to(reader.matrix("weights"), trace.weights("self", 2, 1))
    close_to(reader.behind()["scores"], trace.scores("self", 2, 1, stage="scaled"))


def test_the_convolution_is_what_torch_computes(reader: Reader):
    reader.open(view="convolution", stride_columns=2, padding=1, step=1)
    image, kernel = (torch.tensor(array)[None, None] for array in (IMAGE, KERNEL))
    output = torch.nn.functional.conv2d(image, kernel, stride=(1, 2), padding=1)[0, 0].numpy()
    close_to(reader.matrix("input"), IMAGE)
    close_to(reader.matrix("kernel"), KERNEL)
    close_to(reader.matrix("output"), output)


def test_bert_and_gpt_stand_side_by_side_with_their_own_weights(reader: Reader):
    text = "The cat sat on the mat because it was tired."
    reader.open(view="bert-vs-gpt", text=text, layer=1, head=3)
    for place, model in enumerate(("bert-tiny", "gpt-tiny")):
        close_to(reader.behind(place)["weights"], run(model, text).weights("self", 1, 3))
    assert (np.triu(reader.behind(1)["weights"], 1) == 0).all()


def test_cosines_projection_and_curves_follow_from_the_hidden_states(reader: Reader, server: Server):
    sentences = "\n".join(f"{sense} | {line}" for sense, line in zip(("river", "money") * 2, BANK, strict=True))
    reader.open(view="contextual-embeddings", sentences=sentences, word="bank", layer=2)
    traces = [run("bert-tiny", line) for line in BANK]
    places = [trace.tokens.index("bank") for trace in traces]
    vectors = [np.stack([t.hidden(n)[i] for t, i in zip(traces, places, strict=True)]) for n in range(5)]
    close_to(reader.matrix("cosine"), cosine(vectors[2]))
    close_to(reader.behind()["vectors"], vectors[2][:, :64])
    close_to(reader.behind()["same"], np.ones((4, 4)))
    points = np.array([row[1:] for row in reader.rows(1)], float)
    centred = vectors[2].astype(float) - vectors[2].mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    close_to(np.abs(points), np.abs(left[:, :2] * sizes[:2]), 1e-4)
    curves = reader.rows(2)
    for row, layer in zip(curves, vectors, strict=True):
        table = cosine(layer)
        alike, apart = [table[0, 2], table[1, 3]], [table[0, 1], table[0, 3], table[1, 2], table[2, 3]]
        assert row[1:3] == pytest.approx([np.mean(alike), np.mean(apart)], abs=2e-6)
        others = [
            (trace, i) for trace, place in zip(traces, places, strict=True)
            for i, special in enumerate(trace.special) if not special and i != place
        ]  # fmt: skip
        rest = cosine(np.stack([trace.hidden(int(row[0]))[i] for trace, i in others]))
        assert row[3] == pytest.approx(rest[np.triu_indices(len(others), 1)].mean(), abs=2e-6)
