"""The course's worked examples in plain numpy."""
