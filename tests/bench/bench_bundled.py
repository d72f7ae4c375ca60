"""How long the bundled models take to their first answer: loaded and run once, in a fresh process, after the imports
(transformers' own lazy ones included).

The aim is at most 1 second for each; the digits network loads through its own class.
"""

import json
import subprocess
import sys
from collections.abc import Iterator

from models.catalogue import ENTRIES

AIM = 1.0
SENTENCE = "Your cat is a lovely cat"

TEXT = """
import sys, time, torch, transformers
from models import run
from models.loader import load
from transformers import (AutoTokenizer, BertForMaskedLM, BertForPreTraining, BertForQuestionAnswering,
    BertForSequenceClassification, GPT2LMHeadModel, MarianMTModel)
import models.runner, models.forward, models.capture
began = time.perf_counter()
trace = run(sys.argv[1], sys.argv[2])
print(time.perf_counter() - began)
"""

DIGITS = """
import sys, time, json, torch
from models.digits import DigitsCnn
began = time.perf_counter()
model = DigitsCnn.from_pretrained("models/bundled/digits-cnn").eval()
model(torch.rand(1, 1, 8, 8)).argmax()
print(time.perf_counter() - began)
"""


def seconds(program: str, *arguments: str) -> float:
    """Seconds to the first answer, the shortest of three fresh processes."""
    command = [sys.executable, "-c", program, *arguments]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(3)]
    return min(json.loads(done.stdout.splitlines()[-1]) for done in runs)


def report() -> Iterator[str]:
    """Yield a line for each bundled model."""
    yield f"First answer of the bundled models after the imports (aim: at most {AIM:.0f} s)"
    for entry in ENTRIES:
        if entry.folder:
            yield f"  {entry.key:12} {seconds(TEXT, entry.key, SENTENCE):.2f} s"
    yield f"  {'digits-cnn':12} {seconds(DIGITS):.2f} s"
