"""Run every comparison and print ratio, goal and verdict; 1 if a goal is missed.

    python -m tests.benchmarks [--rounds N] [NAME]...     NAME: window, xvfb, memory, version, demo, click, decode,
                                                  index, large, decrypt, scroll, choose, opening, issuing, lab10k,
                                                  workshop, limbo

Both sides of a comparison run in turn, `--rounds` times (9, never fewer than 7) after one that is not counted; a
ratio is the median of the rounds' ratios, of CPU time of the whole process tree. Only ratios of one run mean
something: absolute times are the machine's, and a loaded machine moves even ratios by some per cent.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from subprocess import DEVNULL, CalledProcessError, Popen

from tests.benchmarks.decode import decode
from tests.benchmarks.issuing import issuing
from tests.benchmarks.lab10k import lab10k
from tests.benchmarks.limbo import limbo
from tests.benchmarks.listing import decrypt, index, large
from tests.benchmarks.panes import choose, opening, scroll
from tests.benchmarks.process import Cost, run, settled_memory
from tests.benchmarks.workshop import workshop

PYTHON = (sys.executable,)
PROGRAM = Path(sys.executable).with_name("tlslab")
TLSLAB = (sys.executable, str(PROGRAM)) if PROGRAM.is_file() else (sys.executable, "-m", "tlslab")
BARE = (*PYTHON, str(Path(__file__).with_name("bare_window.py")))
CHECKOUT = Path(__file__).resolve().parents[2]


def compare(
    name: str, ours: Sequence[str], floor: Sequence[str], goal: float, variables: Mapping[str, str], rounds: int
) -> bool:
    """Run both in turn and print the ratio of their CPU times; whether it reaches the goal."""
    pairs = [(run(ours, variables), run(floor, variables)) for _ in range(rounds + 1)][1:]
    ratio = median(a.cpu_ms / b.cpu_ms for a, b in pairs)
    told = f"CPU {_median(pairs, 0):.1f} / {_median(pairs, 1):.1f} ms"
    peak = f"peak RSS {max(a.peak_mib for a, _ in pairs):.0f} / {max(b.peak_mib for _, b in pairs):.0f} MiB"
    return verdict(name, ratio, goal, "x", f"{told}, {peak}")


def _median(pairs: Sequence[tuple[Cost, Cost]], side: int) -> float:
    return median(pair[side].cpu_ms for pair in pairs)


def verdict(name: str, value: float, goal: float, unit: str, detail: str) -> bool:
    """Print one line of the table."""
    reached = value <= goal
    print(
        f"{'ok' if reached else 'MISSED':7} {name:52} {value:7.2f} {unit:3} goal {goal:g} {unit:3}  {detail}",
        flush=True,
    )
    return reached


def window(variables: Mapping[str, str], rounds: int, platform: str = "offscreen") -> bool:
    """From exec to the painted window, against an empty window with a table, a tree and a text pane."""
    painted = {**variables, "QT_QPA_PLATFORM": platform, "TLSLAB_EXIT_AFTER_PAINT": "1"}
    return compare(f"window painted ({platform}) / bare PySide6 window", (*TLSLAB, "gui"), BARE, 1.25, painted, rounds)


def xvfb(variables: Mapping[str, str], rounds: int) -> bool:
    """The same on an X display."""
    if shutil.which("Xvfb") is None:
        print("skipped window painted (xcb): Xvfb is not installed")
        return True
    with _x_display() as display:
        return window({**variables, "DISPLAY": display}, rounds, "xcb")


@contextmanager
def _x_display() -> Iterator[str]:
    """An Xvfb of our own on a display that it chooses itself."""
    reading, writing = os.pipe()
    server = Popen(
        ("Xvfb", "-displayfd", str(writing), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"),
        pass_fds=(writing,),
        stderr=DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as numbers:
            yield f":{numbers.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


def memory(variables: Mapping[str, str], rounds: int) -> bool:
    """The window at rest, crypto loaded, against the bare one; told, without a goal."""
    off_screen = {**variables, "QT_QPA_PLATFORM": "offscreen"}
    pairs = [(settled_memory((*TLSLAB, "gui"), off_screen), settled_memory(BARE, off_screen)) for _ in range(3)]
    for name in ("rss", "pss"):
        ours, bare = (median(getattr(side, name) for side in sides) for sides in zip(*pairs, strict=True))
        label = f"{name.upper()} of the window at rest / bare window"
        print(f"{'':7} {label:52} {ours / bare:7.2f} x    no goal       {ours:.0f} / {bare:.0f} MiB", flush=True)
    return True


def version(variables: Mapping[str, str], rounds: int) -> bool:
    """The command line when nothing is asked of it."""
    return compare(
        "tlslab --version / python -c pass", (*TLSLAB, "--version"), (*PYTHON, "-c", "pass"), 2.5, variables, rounds
    )


def demo(variables: Mapping[str, str], rounds: int) -> bool:
    """A CA, two certificates, a mutual handshake, decrypted and told."""
    floor = (*PYTHON, "-c", "import OpenSSL")
    return compare("tlslab demo / python -c 'import OpenSSL'", (*TLSLAB, "demo"), floor, 3.0, variables, rounds)


def click(variables: Mapping[str, str], rounds: int) -> bool:
    """From the click on Run to the last row of the mutual demo, wall time."""
    off_screen = {**variables, "QT_QPA_PLATFORM": "offscreen"}
    runs = [json.loads(run((*TLSLAB, "gui", "--smoke"), off_screen).output) for _ in range(rounds)]
    times = [float(one["last_row_ms"]) for one in runs]
    return verdict("click on Run to the last row (wall)", median(times), 150, "ms", f"worst {max(times):.0f} ms")


Comparison = Callable[[Mapping[str, str], int], bool]
COMPARISONS: dict[str, Comparison] = {
    each.__name__: each
    for each in (
        version,
        demo,
        window,
        xvfb,
        click,
        memory,
        decode,
        index,
        large,
        decrypt,
        scroll,
        choose,
        opening,
        issuing,
        lab10k,
        workshop,
        limbo,
    )
}


def attempt(comparison: Comparison, variables: Mapping[str, str], rounds: int) -> bool:
    """Run one comparison; a program that fails is a goal that is missed."""
    try:
        return comparison(variables, rounds)
    except CalledProcessError as error:
        last = (error.stderr or error.output or "it said nothing").strip().splitlines()[-1]
        print(f"FAILED  {' '.join(error.cmd)}: {last}", flush=True)
        return False


def main() -> int:
    """Run the comparisons that are asked for, in an empty home."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*COMPARISONS, []], help=", ".join(COMPARISONS))
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    names = options.names or list(COMPARISONS)
    with tempfile.TemporaryDirectory() as home:
        variables = {**os.environ, "HOME": home, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home, "XDG_STATE_HOME": home}
        variables["PYTHONPATH"] = os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH"))))
        # As for a user, modules are compiled once: by the round that is not counted.
        variables.pop("PYTHONDONTWRITEBYTECODE", None)
        variables["PYTHONPYCACHEPREFIX"] = f"{home}/pycache"
        results = [attempt(COMPARISONS[name], variables, max(7, options.rounds)) for name in names]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
