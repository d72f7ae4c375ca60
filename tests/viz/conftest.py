"""No test of the views may ask another machine for anything."""

import socket
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail the test that tries to connect or to look up a name, whoever catches the error."""
    tried: list[Any] = []

    def refuse(*place: Any, **options: Any) -> NoReturn:
        tried.append(place[-1] if isinstance(place[0], socket.socket) else place[0])
        raise OSError("no network in these tests")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    yield
    assert not tried, f"a view asked for {tried}"
