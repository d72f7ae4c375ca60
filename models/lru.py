"""Keep what was used last, up to a number of bytes. For models, and for what they did with a text."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class ByteBudget(Generic[Key, Value]):
    """A mapping for many threads; forgets what was used least recently once it takes more than `budget_bytes`."""

    def __init__(self, budget_bytes: int) -> None:
        self.budget_bytes = budget_bytes
        self._kept: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._used = 0
        self._lock = threading.Lock()
        self._making: dict[Key, tuple[threading.Lock, int]] = {}  # the lock of a key, and how many threads wait for it

    @property
    def nbytes(self) -> int:
        """How many bytes the kept values take."""
        return self._used

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Value | None:
        """Return the value and mark it as used just now; None where it is not kept."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def put(self, key: Key, value: Value, nbytes: int) -> None:
        """Keep a value of `nbytes` bytes; one that is larger than the whole budget is not kept, and evicts nothing."""
        with self._lock:
            self._used -= self._kept.pop(key, (None, 0))[1]
            if nbytes > self.budget_bytes:
                return
            self._kept[key] = (value, nbytes)
            self._used += nbytes
            while self._used > self.budget_bytes:
                self._used -= self._kept.popitem(last=False)[1][1]

    def load(self, key: Key, make: Callable[[], tuple[Value, int]]) -> Value:
        """Return the value of a key; where it is missing, one thread runs `make()` -> (value, bytes)."""
        with self._turn(key):
            value = self.get(key)
            if value is None:
                value, nbytes = make()
                self.put(key, value, nbytes)
            return value

    @contextmanager
    def _turn(self, key: Key) -> Iterator[None]:
        """Let one thread at a time work on a key; the lock goes when nobody waits for it any more."""
        with self._lock:
            lock, waiting = self._making.get(key, (threading.Lock(), 0))
            self._making[key] = (lock, waiting + 1)
        try:
            with lock:
                yield
        finally:
            with self._lock:
                waiting = self._making[key][1] - 1
                if waiting:
                    self._making[key] = (lock, waiting)
                else:
                    del self._making[key]
