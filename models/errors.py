"""What goes wrong, said in one sentence."""


class LecternError(ValueError):
    """An input that cannot be shown. The message is one clear sentence for a reader: wanted, came, what to do."""
