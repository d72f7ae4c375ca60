"""Two people at once, with other models and other texts: nobody sees a number of somebody else's."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from models import loader, runner
from models.errors import LecternError
from models.lru import ByteBudget
from models.runner import run
from models.trace import Trace
from tests.models.architectures import built
from tests.models.saved import save

pytestmark = pytest.mark.usefixtures("one_thread")

TIMES = 20
TEXTS = ["the cat sat on a mat", "your lovely dog ran home", "a ball"]
Question = tuple[str, str, str | None]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return models that are seen in three ways: through the interface, through their softmax, and in two stacks."""
    names = ["bert", "gpt2", "bloom", "marian"]
    return {name: save(tmp_path_factory.mktemp(name), built(name)) for name in names}


def answer(question: Question) -> Trace:
    source, text, pair = question
    return run(source, text, pair, target="the dog ran", detail=1)


def at_once(questions: list[list[Question]]) -> list[list[Trace]]:
    """Let each person ask in a thread of their own, all from the same moment on."""
    start = threading.Barrier(len(questions))

    def person(own: list[Question]) -> list[Trace]:
        start.wait()
        return [answer(question) for question in own]

    with ThreadPoolExecutor(len(questions)) as pool:
        return list(pool.map(person, questions))


def assert_same(found: Trace, expected: Trace) -> None:
    assert (found.model, found.text, found.pair, found.source, found.target) == (
        expected.model, expected.text, expected.pair, expected.source, expected.target,
    )  # fmt: skip
    for kind in expected.kinds:
        for layer in range(expected.n_layers(kind)):
            alone = expected.all_weights(kind, layer)
            np.testing.assert_allclose(found.all_weights(kind, layer), alone, atol=1e-6)
    np.testing.assert_allclose(found.logits, expected.logits, rtol=1e-4, atol=1e-4)
    assert found.nbytes == expected.nbytes


def asked(folders: dict[str, str], names: list[str], *, pair: str | None = None) -> list[Question]:
    return list(islice(cycle((folders[name], text, pair) for text in TEXTS for name in names), TIMES))


PEOPLE: dict[str, Callable[[dict[str, str]], list[list[Question]]]] = {
    "two models": lambda folders: [asked(folders, ["bert"]), asked(folders, ["gpt2"])],
    "two ways of seeing": lambda folders: [asked(folders, ["bloom"]), asked(folders, ["gpt2"])],
    "a translation and a pair": lambda folders: [asked(folders, ["marian"]), asked(folders, ["bert"], pair="a mat")],
    "one model, other texts": lambda folders: [asked(folders, ["bloom"]), asked(folders, ["bloom"])[1:]],
    "all of them, in turn": lambda folders: [asked(folders, [*folders]), asked(folders, [*reversed(folders)])],
}


@pytest.mark.parametrize("people", PEOPLE.values(), ids=PEOPLE)
def test_two_people_at_once_get_what_each_gets_alone(
    people: Callable[[dict[str, str]], list[list[Question]]], folders: dict[str, str]
) -> None:
    questions = people(folders)
    alone = {question: answer(question) for own in questions for question in own}
    assert len(alone) > 2
    for own, answers in zip(questions, at_once(questions), strict=True):
        for question, found in zip(own, answers, strict=True):
            assert_same(found, alone[question])


def test_this_would_notice_a_mix_up(folders: dict[str, str]) -> None:
    one, other = (answer((folders["bert"], TEXTS[0], pair)) for pair in (None, TEXTS[2]))
    with pytest.raises(AssertionError):
        assert_same(one, other)
    assert Path(one.model.key).name.startswith("bert")


def test_models_that_are_loaded_at_once_all_get_their_heads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "_kept", lambda: ByteBudget(0))
    with ThreadPoolExecutor(4) as pool:
        loaded = list(pool.map(loader.load, ["gpt-tiny", "bert-tiny", "gpt-tiny", "bert-tiny"]))
    assert {type(one.model).__name__ for one in loaded} == {"GPT2LMHeadModel", "BertForMaskedLM"}


def test_a_short_text_in_a_small_model_gets_one_core_and_a_long_one_all(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(2)
    seen: list[int] = []
    traced = runner.traced

    def watched(*given: Any) -> Trace:
        seen.append(torch.get_num_threads())
        return traced(*given)

    monkeypatch.setattr(runner, "traced", watched)
    run("bert-tiny", "The cat sat on the mat.")
    run("bert-tiny", "The cat sat on the mat. " * 100)
    with pytest.raises(LecternError):
        run("en-fr", "The cat.", target=" ")
    assert seen == [1, 2, 1]
    assert torch.get_num_threads() == 2
