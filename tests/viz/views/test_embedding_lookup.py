"""The embedding look-up against the model's own tables, read with safetensors, and against transformers."""

import numpy as np
import pytest
import transformers
from safetensors.numpy import load_file

from models.errors import LecternError
from tests.viz.drawing import BUNDLED, drawn, eager_output, walk

SENTENCE = "Your cat is a lovely cat"


def test_every_row_is_the_row_of_its_id_in_the_file_of_the_model() -> None:
    weights = load_file(BUNDLED / "bert-tiny" / "model.safetensors")
    table = next(values for name, values in weights.items() if name.endswith("word_embeddings.weight"))
    ids = transformers.AutoTokenizer.from_pretrained(BUNDLED / "bert-tiny")(SENTENCE)["input_ids"]
    found = walk("embedding-lookup", first=16).matrices
    assert np.array_equal(found["rows"].values, table[ids][:, 16:19])
    assert found["rows"].columns == tuple(map(str, range(16, 19)))


def test_the_sum_is_word_plus_position_plus_segment() -> None:
    weights = load_file(BUNDLED / "bert-tiny" / "model.safetensors")
    table = {name.split(".")[-2]: v.astype(np.float32) for name, v in weights.items() if "embeddings" in name}
    ids = transformers.AutoTokenizer.from_pretrained(BUNDLED / "bert-tiny")(SENTENCE)["input_ids"]
    found = walk("embedding-lookup")
    total = found.matrices[found.steps[2].layout[-1]].values
    by_hand = (
        table["word_embeddings"][ids] + table["position_embeddings"][: len(ids)] + table["token_type_embeddings"][0]
    )
    assert total == pytest.approx(by_hand[:, :3], abs=1e-6)


def test_what_layer_0_reads_is_the_first_hidden_state_of_transformers() -> None:
    states = eager_output("bert-tiny", SENTENCE).hidden_states[0][0].numpy()
    found = walk("embedding-lookup").matrices
    assert found["first"].values == pytest.approx(states[:, :3], abs=1e-5)
    assert found["all_first"].values == pytest.approx(states, abs=1e-5)


def test_equal_words_have_equal_rows_until_their_position_is_added() -> None:
    found = walk("embedding-lookup").matrices
    one, other = (i for i, name in enumerate(found["rows"].rows) if name.endswith(" cat"))
    assert np.array_equal(found["rows"].values[one], found["rows"].values[other])
    assert found["same"].values[one, other] == pytest.approx(1, abs=1e-6)
    assert found["moved"].values[one, other] < 0.999


def test_a_decoder_has_no_segments_and_no_norm_before_its_first_layer() -> None:
    found = walk("embedding-lookup", model="gpt-tiny")
    assert [step.title for step in found.steps] == [
        "Look up the row of each id", "Add the position", "Equal words, before and after",
    ]  # fmt: skip
    last = found.matrices[found.steps[1].layout[-1]].values
    assert last == pytest.approx(eager_output("gpt-tiny", SENTENCE).hidden_states[0][0].numpy()[:, :3], abs=1e-5)


@pytest.mark.parametrize("model", ["bert-tiny", "gpt-tiny"])
def test_every_cell_follows_its_rule(model: str) -> None:
    residuals = walk("embedding-lookup", model=model, text="the cat and the cat").residuals()
    assert residuals
    assert max(residuals.values()) < 1e-5, residuals


def test_the_lectures_table_has_its_row_numbers_and_one_row_a_word() -> None:
    found = walk("embedding-lookup", source="course").matrices
    assert found["table"].rows == ("1134 a", "665 in", "398 I")
    assert found["rows"].rows == ("0 I", "1 in", "2 a", "3 a")
    assert np.array_equal(found["rows"].values[2], found["rows"].values[3])
    changed = walk("embedding-lookup", source="course", table=((9.0, 9.0, 9.0), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)))
    assert changed.matrices["rows"].values[2].tolist() == [9, 9, 9]


def test_a_word_that_is_not_in_the_lectures_table_gets_a_sentence() -> None:
    with pytest.raises(LecternError, match="use these words"):
        drawn("embedding-lookup", source="course", words="I zebra")
