"""The list of recipes: each is a function of a `Bench`, with a name and a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.recipes.recording import Bench


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one capture is made."""

    name: str
    client: str
    server: str
    what: str
    run: Callable[[Bench], None]
    decode_as: str = "tls"
    """What tshark is told that the port carries."""
    udp: bool = False
    interface: str = "lo"
    """Where it is captured, and behind a colon as which link type."""
    server_key: str = ""
    """The server's credentials whose private key opens the capture too, "" for none."""
    log_keys: bool = True
    """Keep the key log; without it the server's key alone has to do."""
    outcome: str = "established"
    """What becomes of the handshake: "failed" for a refusal."""


RECIPES: dict[str, Recipe] = {}


def recipe(
    name: str,
    client: str,
    server: str,
    what: str,
    *,
    decode_as: str = "tls",
    udp: bool = False,
    interface: str = "lo",
    server_key: str = "",
    log_keys: bool = True,
    outcome: str = "established",
) -> Callable[[Callable[[Bench], None]], Callable[[Bench], None]]:
    """Enter the function below into the list."""

    def enter(run: Callable[[Bench], None]) -> Callable[[Bench], None]:
        assert name not in RECIPES, name
        RECIPES[name] = Recipe(
            name, client, server, what, run, decode_as, udp, interface, server_key, log_keys, outcome
        )
        return run

    return enter
