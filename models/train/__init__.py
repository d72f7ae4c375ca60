"""How the bundled models were made: `python -m models.train.bert --corpus DIR --out DIR --minutes 60`."""
