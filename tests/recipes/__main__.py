"""Record the captures of `tests/data/captures/recorded` anew: `python -m tests.recipes [--out DIR] [NAME]...`.

Without a name it lists what there is. Each recipe needs its own programs (see `tests/data/README.md`) and, for
dumpcap, the right to capture on the loopback interface.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import tempfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.recipes import authority, carried, dtls, gnutls, nss, openssl, openssl12, openssl_refusals, others, unusual
from tests.recipes.catalogue import RECIPES, Recipe
from tests.recipes.recording import Bench, RecordingFailed, record
from tests.recipes.verdict import expectation
from tests.recipes.wires import DERIVED, Derived, read_frames

FAMILIES = (openssl, openssl12, openssl_refusals, gnutls, dtls, nss, others, carried, unusual)
"""Importing them enters their recipes into the list."""
RECORDED = Path(__file__).parents[1] / "data" / "captures" / "recorded"
FIRST_PORT = 24400


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.recipes", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a recipe, or the beginning of its name")
    parser.add_argument("--out", type=Path, default=RECORDED)
    parser.add_argument("--credentials", type=Path, help="where certificates are, or are made (default: a new folder)")
    parser.add_argument("--verdict", action="store_true", help="ask tshark again about captures that are there")
    arguments = parser.parse_args()
    if not arguments.names:
        for each in RECIPES.values():
            print(f"{each.name:34} {each.client}, {each.server}: {each.what}")
        for made in DERIVED:
            print(f"{made.name:34} {made.source}: {made.what}")
        return 0
    wanted = tuple(arguments.names)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="recipes-") as scratch:
        credentials = (arguments.credentials or Path(scratch) / "credentials").absolute()
        for each in RECIPES.values():
            if each.name.startswith(wanted):
                failed += not done(each.name, partial(one, each, Path(scratch), credentials, arguments))
        for made in DERIVED:
            if made.name.startswith(wanted):
                failed += not done(made.name, partial(derive, made, Path(scratch), arguments))
    return 1 if failed else 0


def done(name: str, work: Callable[[], None]) -> bool:
    """Do one capture's work and say how it went."""
    try:
        work()
    except (RecordingFailed, subprocess.SubprocessError, OSError) as error:
        print(f"{name}: {error}")
        return False
    print(f"{name}: done")
    return True


def one(each: Recipe, scratch: Path, credentials: Path, arguments: argparse.Namespace) -> None:
    """Record one capture, unless it is only to be judged again, and judge it."""
    if not arguments.verdict:
        authority.make(credentials)
        make(each, scratch, credentials, arguments.out)
    meta = {
        "id": each.name,
        "client": each.client,
        "server": each.server,
        "what": each.what,
        "port": port_of(each),
        "decode_as": each.decode_as,
        "transport": "udp" if each.udp else "tcp",
        "outcome": each.outcome,
    }
    judge(arguments.out / f"{each.name}.pcapng", meta)


def derive(made: Derived, scratch: Path, arguments: argparse.Namespace) -> None:
    """Make one capture from another, unless it is only to be judged again, and judge it."""
    out = arguments.out
    capture = out / f"{made.name}.pcap"
    if not arguments.verdict:
        capture.write_bytes(made.make(read_frames(out / f"{made.source}.pcapng", scratch)))
    shutil.copyfile(out / f"{made.source}.keys", out / f"{made.name}.keys")
    meta = json.loads((out / f"{made.source}.expected.json").read_text())["meta"]
    ours = {"id": made.name, "source": made.source, "what": made.what, "outcome": made.outcome}
    judge(capture, {**meta, **ours})


def make(each: Recipe, scratch: Path, credentials: Path, out: Path) -> None:
    """Record one capture into `out`."""
    folder = scratch / each.name
    folder.mkdir()
    bench = Bench(folder, credentials, port_of(each))
    capture = folder / "capture.pcapng"
    record(each.run, bench, capture, interface=each.interface)
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(capture, out / f"{each.name}.pcapng")
    log = bench.keys.read_text() if bench.kept_keys is None else bench.kept_keys
    lines = [line for line in log.splitlines() if line and not line.startswith("#")]
    if lines and each.log_keys:
        (out / f"{each.name}.keys").write_text("\n".join(dict.fromkeys(lines)) + "\n")
    for path in (folder / "kept").glob("*"):
        shutil.copyfile(path, out / f"{each.name}.{path.name}")
    if each.server_key:
        shutil.copyfile(credentials / f"{each.server_key}-key.pem", out / f"{each.name}.server-key.pem")


def judge(capture: Path, meta: dict[str, Any]) -> None:
    """Write down what tshark finds in a capture."""
    beside = {end: capture.with_name(f"{capture.stem}.{end}") for end in ("keys", "server-key.pem", "expected.json")}
    keys = [path for end, path in beside.items() if end != "expected.json" and path.exists()]
    found = expectation(capture, meta["port"], meta["decode_as"], keys, udp=meta["transport"] == "udp")
    path = beside["expected.json"]
    kept = json.loads(path.read_text()) if path.exists() else {}
    # Our own words about a disagreement outlive a new verdict.
    ours = {key: kept[key] for key in ("unusual", "differs") if key in kept}
    meta["sha256"] = hashlib.sha256(capture.read_bytes()).hexdigest()
    path.write_text(json.dumps({"meta": meta, **ours, **found}, indent=1) + "\n")


def port_of(each: Recipe) -> int:
    """Of its own for each name, whatever else is in the list."""
    return FIRST_PORT + zlib.crc32(each.name.encode()) % 1000


if __name__ == "__main__":
    raise SystemExit(main())
