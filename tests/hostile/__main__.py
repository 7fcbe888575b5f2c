"""What hostile input costs: `python -m tests.hostile [--size BYTES] [--view VIEW] [SHAPE]...`.

Each shape is written to a file and given to `tlslab decode`, or another command, in a process of its own, of which CPU time and peak memory are
told less those of a small file of the same shape. Promised are a second for each megabyte and 64 MiB above the size of the input.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.hostile.shapes import SHAPES

MIB: Final = 1 << 20
FILE: Final = "{file}"
"""Of arguments: the hostile file."""
LAB: Final = "{lab}"
"""A lab file that is not there yet."""
CAPTURES: Final = Path(__file__).parent.parent / "data" / "captures"
CHAIN: Final = str(Path(__file__).parent.parent / "data" / "x509" / "openssl" / "leaf.pem")
CAPTURE: Final = str(CAPTURES / "g01-gnutls-tls13.pcapng")
CHECK: Final = ("verify", CHAIN, "--trust", CHAIN, "--no-programs")
VIEWS: Final = {
    "text": ("decode", FILE),
    "tree": ("decode", FILE, "--tree"),
    "hex": ("decode", FILE, "--hex"),
    "records": ("decode", FILE, "--records", "--tree"),
    "json": ("decode", FILE, "--json"),
    "fields": ("decode", FILE, "--json", "--fields"),
    "secrets": ("decode", FILE, "--json", "--secrets"),
    "keylog": ("decode", CAPTURE, "--keylog", FILE),
    "ech-key": ("decode", CAPTURE, "--ech-key", FILE),
    "server-key": ("decode", CAPTURE, "--server-key", FILE),
    "verify": ("verify", FILE, "--trust", FILE, "--no-programs"),
    "crl": (*CHECK, "--crl", FILE),
    "staple": (*CHECK, "--staple", FILE),
    "limbo": ("verify", "--limbo", FILE, "--no-programs"),
    "import": ("ca", "import", FILE, "--lab", LAB),
    "profiles": ("ca", "profiles", "--add", FILE, "--lab", LAB),
    "lab": ("ca", "list", "--lab", FILE),
}
"""What is asked, by a name."""
SMALL: Final = 3000
"""Bytes of the file that is compared with."""
LIMIT_S: Final = 120


def main(arguments: Sequence[str]) -> int:
    """Measure; 1 if a promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("shape", nargs="*", help="parts of names; all if none is given")
    parser.add_argument("--size", type=int, default=MIB)
    parser.add_argument("--view", action="append", choices=VIEWS, help="what is asked of it; may be repeated (text)")
    parser.add_argument("--all", action="store_true", help="tell those that keep the promise too")
    options = parser.parse_args(arguments)
    wanted = [name for name in SHAPES if not options.shape or any(part in name for part in options.shape)]
    broken = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hostile"
        for view in options.view or ["text"]:
            for name in wanted:
                # What the libraries take that such a file needs is not the input's doing.
                path.write_bytes(SHAPES[name](SMALL))
                cpu_0, peak_0, _ = measured(path, VIEWS[view])
                data = SHAPES[name](options.size)
                path.write_bytes(data)
                cpu, peak, status = measured(path, VIEWS[view])
                rate, above = (cpu - cpu_0) / max(len(data) / MIB, 1), (peak - peak_0 - len(data)) / MIB
                fails = rate > 1 or above > 64 or status not in ({0, 2} if VIEWS[view][0] == "decode" else {0, 1, 2})
                broken += fails
                if fails or options.all:
                    sign = "NO" if fails else "ok"
                    print(
                        f"{sign} {view:8} {name:36} {len(data):9} {rate:7.2f} s/MiB {above:7.1f} MiB  {status}",
                        flush=True,
                    )
    return int(broken > 0)


def measured(path: Path, arguments: Sequence[str]) -> tuple[float, int, int]:
    """CPU seconds, peak memory in bytes, and exit status of one run."""
    lab = path.with_name("made.tlslab")
    lab.unlink(missing_ok=True)
    places = {FILE: str(path), LAB: str(lab)}
    asked = [places.get(each, each) for each in arguments]
    command = [sys.executable, "-S", "-c", LAUNCHER, sys.executable, "-m", "tlslab", *asked]
    done = subprocess.run(command, capture_output=True, check=True)
    cpu, peak, status = done.stdout.split()
    return float(cpu), int(peak) << 10, -1 if b"Traceback" in done.stderr else int(status)


LAUNCHER: Final = f"""
import os, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, ({LIMIT_S}, {LIMIT_S}))
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
_, status, used = os.wait4(pid, 0)
print(used.ru_utime + used.ru_stime, used.ru_maxrss, os.waitstatus_to_exitcode(status))
"""
"""What runs it. The peak of a process is never told lower than that of the one that started it, so this one is small."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
