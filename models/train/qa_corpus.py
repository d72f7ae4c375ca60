"""Questions with an answer in a short text: made from plain sentences of the corpus by patterns, and XQuAD's own.

A made question asks for one thing that its sentence says ("Lima is the capital of Peru." -> What is Lima?), so that
a small model can learn where an answer stands. It cannot learn to reason from them.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.train import corpus

_NAME = r"(?P<name>(?:The |An? )?[A-Z][\w'-]*(?: (?:of |the |and )?[A-Z][\w'-]*){0,4})"
_PLACE = r"(?P<answer>(?:the )?[A-Z][\w'-]+(?:,? (?:of )?[A-Z][\w'-]+){0,3})"
_YEAR = r"(?P<answer>1\d{3}|20\d{2})"
_WHAT = r"(?P<answer>(?:an?|the|one of the) [A-Za-z][^.,;:()]{4,70})"
_WHO = r"(?P<answer>[A-Z][\w'-]+(?: (?:[A-Z]\. )?[A-Z][\w'-]+){0,3})"
_DONE = (
    r"(?P<done>founded|built|born|created|opened|published|elected|released|established|introduced|formed|discovered)"
)
_MADE = {"written": "wrote", "built": "built", "invented": "invented", "founded": "founded", "painted": "painted",
         "discovered": "discovered", "designed": "designed", "directed": "directed"}  # fmt: skip
_PERSON = re.compile(
    r"\b(man|woman|king|queen|writer|poet|singer|actor|actress|player|president|politician|author|scientist|painter|"
    r"composer|physicist|philosopher|musician|footballer|general|emperor|leader|journalist|director|lawyer|artist)\b"
)


@dataclass(frozen=True)
class Asked:
    """A question, the text that answers it, and where in the text the answer starts and stops, in characters."""

    question: str
    context: str
    start: int
    stop: int

    @property
    def answer(self) -> str:
        """The words that answer the question."""
        return self.context[self.start : self.stop]


def _what(found: re.Match[str]) -> str:
    verb, name = found["verb"], _inside(found["name"])
    return f"{'Who' if _PERSON.search(found['answer']) else 'What'} {verb} {name}?"


def _inside(name: str) -> str:
    """A name as it stands inside a sentence: its article in small letters."""
    head, _, rest = name.partition(" ")
    return f"{head.lower()} {rest}" if head in ("The", "A", "An") else name


# Words that name nothing by themselves: no question is made about them.
_POINTING = re.compile(r"(?:It|He|She|There|This|That|These|Those|They|We|You|I|One|Here|What|Such|Another|His|Her)\b")


# A pattern for a sentence, and the question that its "answer" group answers.
PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(rf"^{_NAME} (?P<verb>is|was) {_WHAT}[.,;]"), _what),
    (re.compile(rf"^{_NAME} (?P<verb>are|were) {_WHAT}[.,;]"), _what),
    (re.compile(rf"^{_NAME} was (?:first )?{_DONE} in {_YEAR}\b"),
     lambda m: f"When was {_inside(m['name'])} {m['done']}?"),
    (re.compile(rf"^{_NAME} (?:was|is) (?P<done>born|located|situated|found|buried) (?:on [^.]*? )?in {_PLACE}"),
     lambda m: f"Where {'was' if m['done'] in ('born', 'buried') else 'is'} {_inside(m['name'])} {m['done']}?"),
    (re.compile(rf"^{_NAME} was (?P<done>{'|'.join(_MADE)}) by {_WHO}"),
     lambda m: f"Who {_MADE[m['done']]} {_inside(m['name'])}?"),
    (re.compile(r"^(?P<name>[a-z][a-z -]{2,24}) means (?P<answer>[^.;:()]{5,70})"),
     lambda m: f"What does {m['name']} mean?"),
    (re.compile(rf"^{_NAME} (?P<done>died|ended) in {_YEAR}\b"),
     lambda m: f"When did {_inside(m['name'])} {'die' if m['done'] == 'died' else 'end'}?"),
)  # fmt: skip


def asked(sentence: str) -> tuple[str, int, int] | None:
    """The question that a sentence answers, and where its answer starts and stops; None where no pattern fits."""
    for pattern, question in PATTERNS:
        if (found := pattern.search(sentence)) and not _POINTING.match(found["name"]):
            return question(found), found.start("answer"), found.end("answer")
    return None


def made(folder: Path, rng: np.random.Generator, most: int, testing: bool = False) -> Iterator[Asked]:
    """Questions made from the corpus, each with the sentences around its own and sometimes a foreign one before it."""
    other = "It was a long day."
    count = 0
    for part in ("wikipedia", "wordnet", "economics"):
        for text in corpus.documents(folder, part):
            if corpus.held_out(text) != testing:
                continue
            sentences = corpus.sentences(text)
            for place, sentence in enumerate(sentences[:12]):
                found = asked(sentence)
                if not found or len(sentence) > 400 or (part == "wordnet" and rng.random() < 0.8):
                    continue
                before = " ".join([other] * (rng.random() < 0.5) + sentences[max(0, place - 1) : place])
                after = " ".join(sentences[place + 1 : place + 1 + int(rng.integers(4))])
                start = len(before) + 1 if before else 0
                context = f"{before} {sentence} {after}".strip()
                yield Asked(found[0], context, start + found[1], start + found[2])
                other, count = sentence, count + 1
                if count == most:
                    return


def squad(path: Path) -> tuple[list[Asked], list[Asked]]:
    """XQuAD's English questions for learning, and those of the last sixth of its articles for testing."""
    articles = json.loads(path.read_text(encoding="utf-8"))["data"]
    parts: tuple[list[Asked], list[Asked]] = ([], [])
    for number, article in enumerate(articles):
        for paragraph in article["paragraphs"]:
            for question in paragraph["qas"]:
                answer = question["answers"][0]
                start = answer["answer_start"]
                last = number >= len(articles) * 5 // 6
                parts[last].append(
                    Asked(question["question"], paragraph["context"], start, start + len(answer["text"]))
                )
    return parts
