"""The training scripts, on a small corpus written here."""

import json
import lzma
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from models.errors import LecternError
from models.train import bert_batches, bert_corpus, corpus, gpt_batches, gpt_corpus, loop, senses
from models.train.bert_batches import IGNORED
from models.train.words import AMBIGUOUS, UNWANTED, WHOLE

ROOT = Path(__file__).parents[2]
WHO = ("The cat", "The dog", "A bird", "My sister", "The old man", "Your friend", "The farmer", "The robber")
DOES = ("sat by", "ran to", "looked at", "slept near", "walked past", "swam towards")
WHERE = ("the river bank", "the bank with money", "the door", "the tree", "the garden", "the red house")


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus folder: single sentences in one part, paragraphs of three sentences in another."""
    folder = tmp_path_factory.mktemp("corpus")
    lines = [f"{who} {does} {where}." for who in WHO for does in DOES for where in WHERE]
    paragraphs = [" ".join(lines[place::97][:3]) for place in range(len(lines))]
    for name, content in {"tatoeba_en": lines, "stories": paragraphs}.items():
        with lzma.open(folder / f"{name}.txt.xz", "wt", encoding="utf-8") as file:
            file.write("\n".join(content))
    return folder


def train(kind: str, text: Path, out: Path, minutes: float, *more: str) -> list[dict[str, float]]:
    """Run a training script as a person would, and read its curve."""
    command = [sys.executable, "-m", f"models.train.{kind}", "--corpus", str(text), "--out", str(out)]
    command += ["--minutes", str(minutes), "--device", "cpu", "--vocabulary", "700", "--layers", "1"]
    command += ["--tokens", "512", "--optimiser", "adamw", "--curve-every", "4", *more]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in (out / "curve.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("kind", ["bert", "gpt"])
def test_a_short_training_lowers_the_loss_and_a_resumed_one_goes_on(kind: str, text: Path, tmp_path: Path) -> None:
    first = train(kind, text, tmp_path, 0.09)
    assert first[-1]["loss"] < 0.9 * first[0]["loss"]
    assert (tmp_path / "model" / "config.json").exists()
    second = train(kind, text, tmp_path, 0.13, "--resume", str(tmp_path / "checkpoint.pt"))[len(first) :]
    assert second[0]["step"] > first[-1]["step"]
    assert second[0]["minutes"] >= 0.09
    assert second[0]["loss"] < 0.9 * first[0]["loss"]


def test_a_folder_without_a_corpus_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(LecternError, match=r"NAME\.txt\.xz"):
        corpus.parts(tmp_path)


def test_cleaning_keeps_plain_sentences_and_leaves_out_what_must_not_be_learned() -> None:
    assert corpus.clean("“It’s late”  – he said…\n") == '"It\'s late" - he said...'
    assert corpus.clean("Это предложение написано по-русски.") is None
    assert corpus.clean(f"What a {sorted(UNWANTED)[0]}!") is None
    assert corpus.clean("They live in the West Bank today.") is None


def test_sentences_are_cut_where_a_capital_follows_the_stop() -> None:
    cut = corpus.sentences('He said "No." Then 3.5 metres fell. why not? "Yes!" She left.')
    assert cut == ['He said "No."', "Then 3.5 metres fell. why not?", '"Yes!"', "She left."]


def test_about_a_hundredth_of_the_texts_is_held_out_and_always_the_same_ones() -> None:
    texts = [f"sentence number {number}" for number in range(20_000)]
    assert 0.008 < np.mean([corpus.held_out(text) for text in texts]) < 0.012
    assert [corpus.held_out(text) for text in texts] == [corpus.held_out(text) for text in texts]


def test_the_word_lists_agree() -> None:
    assert "bank" in AMBIGUOUS
    assert UNWANTED.isdisjoint([*WHOLE, *AMBIGUOUS])


def test_the_two_senses_of_bank_are_told_by_the_words_around_it() -> None:
    assert bert_corpus.senses("He fished from the bank of the river.") == {"bank", "bank 0"}
    assert bert_corpus.senses("The bank gave him a loan.") == {"bank", "bank 1"}
    assert bert_corpus.senses("He went home.") == set()


def test_the_learning_rate_rises_and_then_falls_to_zero_with_the_time_used() -> None:
    rates = [loop.rate(share, warm_up=0.1) for share in (0.0, 0.05, 0.1, 0.55, 1.0, 1.2)]
    assert rates == pytest.approx([0, 0.5, 1, 0.5, 0, 0])


def test_every_parameter_belongs_to_exactly_one_optimiser() -> None:
    model = nn.ModuleDict({"layer": nn.ModuleList([nn.Linear(4, 4)]), "head": nn.Linear(4, 2)})
    wrapped = nn.ModuleDict({"encoder": model})
    steppers = loop.optimisers(wrapped, 0.01)
    held = [id(p) for stepper in steppers for group in stepper.param_groups for p in group["params"]]
    assert sorted(held) == sorted(id(p) for p in wrapped.parameters())
    assert [sum(len(g["params"]) for g in stepper.param_groups) for stepper in steppers] == [3, 1]


SPECIAL = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4}


def test_hidden_words_have_their_true_piece_as_label_and_special_tokens_are_never_hidden() -> None:
    rng = np.random.default_rng(0)
    ids = np.concatenate([np.full((50, 1), 2), rng.integers(5, 500, (50, 30)), np.full((50, 1), 3)], axis=1)
    words = ids > 4
    changed, where, labels = bert_batches.mask(ids, words, 300, SPECIAL, 500, rng)
    assert np.array_equal(labels, ids.ravel()[where])
    assert words.ravel()[where].all()
    untouched = np.setdiff1d(np.arange(ids.size), where)
    assert np.array_equal(changed.ravel()[untouched], ids.ravel()[untouched])
    assert 0.7 < np.mean(changed.ravel()[where] == 4) < 0.9


def test_a_batch_with_too_few_words_ignores_the_rest_of_its_places() -> None:
    row = bert_batches.Row(np.array([7, 8], np.uint16), np.array([], np.uint16), IGNORED)
    batch = bert_batches.collate([row], 16, SPECIAL, 10, np.random.default_rng(0), share=0.5)
    assert sorted(batch["labels"].tolist()) == [IGNORED] * 4 + [7, 8]
    assert batch["attended"].sum() == 4


def test_a_pair_is_laid_out_as_bert_does() -> None:
    row = bert_batches.Row(np.array([7, 8], np.uint16), np.array([9], np.uint16), 0)
    batch = bert_batches.collate([row], 8, SPECIAL, 10, np.random.default_rng(0), share=0.0)
    assert batch["ids"].tolist() == [[2, 7, 8, 3, 9, 3, 0, 0]]
    assert batch["segments"].tolist() == [[0, 0, 0, 0, 1, 1, 0, 0]]
    assert batch["attended"].tolist() == [[1, 1, 1, 1, 1, 1, 0, 0]]


def test_second_segments_follow_the_first_as_often_as_not() -> None:
    part = bert_corpus.Part(np.arange(4000).astype(np.uint16), np.arange(0, 4001, 8), np.arange(0, 501, 5))
    rng = np.random.default_rng(0)
    ends = [(part, 10 * n, 10 * n + 5) for n in range(40)]
    rows = [bert_batches.make_row(ends[n], ends[n - 7], 64, rng) for n in range(40) for _ in range(5)]
    pairs = [row for row in rows if row.follows != IGNORED]
    assert all(row.second[0] == row.first[-1] + 1 for row in pairs if row.follows == 0)
    assert 0.35 < np.mean([row.follows for row in pairs]) < 0.65
    assert max(len(row.first) + len(row.second) for row in rows) <= 61


def test_single_sentences_are_put_together_with_others_that_begin_alike_and_none_is_lost() -> None:
    sentences = [f"{who} {does} something." for who in ("He", "She", "Tom") for does in ("saw", "took", "lost", "made")]
    lines = gpt_corpus.together(sentences, np.random.default_rng(3), most=3)
    counts = [line.count(".") for line in lines]
    assert sum(counts) == len(sentences)
    assert set(counts) == {1, 2, 3}
    assert sorted(" ".join(lines).split()) == sorted(" ".join(sentences).split())
    firsts = [line.split()[0] for line in lines]
    assert firsts == sorted(firsts)


def test_of_a_hard_paragraph_the_runs_of_simple_sentences_are_read(tmp_path: Path) -> None:
    simple = ["The old man sat by the river.", '"Go to the door!" he said to the dog.', "The dog ran to the river."]
    hard = "Ostentatious perambulations notwithstanding, the river ran to the door."
    opened = '"The man sat by the old door.'
    mixed = " ".join([*simple[:2], hard, opened, hard, simple[2], "He said no to Mr. Man by the old door.", hard])
    for name, lines in {"tatoeba_en": simple * 8 + ["He said no to Mr. Man."] * 8, "fiction": [mixed]}.items():
        with lzma.open(tmp_path / f"{name}.txt.xz", "wt", encoding="utf-8") as file:
            file.write("\n".join(lines))
    assert not corpus.held_out(mixed)
    found = gpt_corpus.texts(tmp_path)["fiction"]
    assert found == [" ".join(simple[:2]), f"{simple[2]} He said no to Mr. Man by the old door."]


def test_a_gpt_goes_on_from_another_one_with_its_tokenizer(text: Path, tmp_path: Path) -> None:
    base = ROOT / "models" / "bundled" / "gpt-tiny"
    more = train("gpt", text, tmp_path, 0.04, "--layers", "5", "--base", str(base), "--together")
    assert more[0]["loss"] < 0.8 * math.log(len(json.loads((base / "tokenizer.json").read_text())["model"]["vocab"]))
    assert (tmp_path / "model" / "tokenizer.json").read_text() == (base / "tokenizer.json").read_text()


def test_rows_for_gpt_start_with_a_document_and_predict_each_next_token() -> None:
    documents = [np.array([start, *[start + 1] * 50, 0], np.uint16) for start in range(10, 30, 2)]
    batch = next(gpt_batches.batches(documents, 256, np.random.default_rng(0)))
    assert (batch["ids"][:, 1:] == batch["labels"][:, :-1]).all()
    assert all(first % 2 == 0 or first == after for first, after in batch["ids"][:, :2].tolist())


def test_leave_one_out_is_perfect_on_separated_senses_and_chance_on_noise() -> None:
    rng = np.random.default_rng(0)
    labels = ["river"] * 100 + ["money"] * 100
    noise = rng.normal(size=(200, 8))
    apart = noise + np.where(np.arange(200)[:, None] < 100, 5, -5)
    assert senses.leave_one_out(apart, labels) == 1
    assert senses.leave_one_out(noise, labels) < 0.65


def test_the_sentences_for_the_senses_hold_their_word_once_and_are_balanced() -> None:
    for word, examples in senses.uses().items():
        counts = [sum(use.sense == sense for use in examples) for sense in {use.sense for use in examples}]
        assert len(counts) == 2
        assert counts[0] == counts[1]
        assert len({use.sentence for use in examples}) == len(examples)
        assert all(word in use.sentence.lower() for use in examples)


def test_a_checkpoint_brings_back_weights_and_progress(tmp_path: Path) -> None:
    model, other = nn.Linear(3, 3), nn.Linear(3, 3)
    steppers = loop.optimisers(model, 0.01)
    loop.save(tmp_path / "checkpoint.pt", model, steppers, loop.Progress(7, 1.5, 99))
    progress = loop.resume(tmp_path / "checkpoint.pt", other, loop.optimisers(other, 0.01))
    assert progress == loop.Progress(7, 1.5, 99)
    assert torch.equal(model.weight, other.weight)
    assert math.isclose(loop.rate(progress.seconds / 3, 0.02), 0.5 / 0.98)
