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
from pathlib import Path

from tests.recipes import authority, carried, dtls, gnutls, nss, openssl, openssl12, openssl_refusals, others
from tests.recipes.catalogue import RECIPES, Recipe
from tests.recipes.recording import Bench, RecordingFailed, record
from tests.recipes.verdict import expectation

FAMILIES = (openssl, openssl12, openssl_refusals, gnutls, dtls, nss, others, carried)
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
        return 0
    chosen = [each for each in RECIPES.values() if each.name.startswith(tuple(arguments.names))]
    with tempfile.TemporaryDirectory(prefix="recipes-") as scratch:
        credentials = arguments.credentials or Path(scratch) / "credentials"
        authority.make(credentials)
        failed = 0
        for each in chosen:
            try:
                if not arguments.verdict:
                    make(each, Path(scratch), credentials.absolute(), arguments.out)
                judge(each, arguments.out)
                print(f"{each.name}: done")
            except (RecordingFailed, subprocess.SubprocessError) as error:
                print(f"{each.name}: {error}")
                failed += 1
    return 1 if failed else 0


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


def judge(each: Recipe, out: Path) -> None:
    """Write down what tshark finds in a capture."""
    capture = out / f"{each.name}.pcapng"
    keys = [path for end in ("keys", "server-key.pem") if (path := out / f"{each.name}.{end}").exists()]
    found = expectation(capture, port_of(each), each.decode_as, keys, udp=each.udp)
    path = out / f"{each.name}.expected.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    meta = {
        "id": each.name,
        "client": each.client,
        "server": each.server,
        "what": each.what,
        "port": port_of(each),
        "decode_as": each.decode_as,
        "transport": "udp" if each.udp else "tcp",
        "outcome": each.outcome,
        "sha256": hashlib.sha256(capture.read_bytes()).hexdigest(),
    }
    # Our own words about a disagreement outlive a new verdict.
    ours = {key: kept[key] for key in ("unusual", "differs") if key in kept}
    path.write_text(json.dumps({"meta": meta, **ours, **found}, indent=1) + "\n")


def port_of(each: Recipe) -> int:
    """Of its own for each name, whatever else is in the list."""
    return FIRST_PORT + zlib.crc32(each.name.encode()) % 1000


if __name__ == "__main__":
    raise SystemExit(main())
