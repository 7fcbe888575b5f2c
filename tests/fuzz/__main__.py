"""Fuzz the ways in: `python -m tests.fuzz [--seconds N] [TARGET]...`.

Coverage-guided by atheris (libFuzzer), which Linux on x86-64 has for Python 3.11 to 3.13: `pip install -e ".[fuzz]"`. Each target runs in a
process of its own, as many at once as there are cores. What is found stands in `tests/fuzz/found`, where a test runs it
from then on; the corpus grows in `.work/fuzz`.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
FOUND: Final = HERE / "found"
CORPUS: Final = HERE.parent.parent / ".work" / "fuzz"
NAMES: Final = tuple(
    re.findall(r'^    "(\w+)": Target\(', (HERE / "targets.py").read_text(encoding="utf-8"), re.MULTILINE)
)
"""Read, not imported: atheris has to see the import."""

LONGEST_INPUT: Final = 1 << 16
LIMITS: Final = (f"-max_len={LONGEST_INPUT}", "-timeout=10", "-print_final_stats=1")
"""libFuzzer's: bytes, and seconds for one input; instrumented code is ten times slower."""
MOST_MEMORY: Final = 64 + 64
"""MiB above what the process takes before its first input: what is promised, and what libFuzzer's corpus takes."""


def main(arguments: Sequence[str]) -> int:
    """Run the targets that are asked for; 1 if one of them found something."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("target", nargs="*", help=f"of {', '.join(NAMES)}; all if none is given")
    parser.add_argument("--seconds", type=int, default=60, help="for all of them together, per core (60)")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    unknown = [name for name in options.target if name not in NAMES]
    if unknown:
        parser.error(f"there is no target {unknown[0]!r}: choose of {', '.join(NAMES)}")
    if options.child:
        return _fuzz(options.child, options.seconds)
    try:
        import atheris  # noqa: F401
    except ImportError:
        print(
            'atheris is not installed: pip install -e ".[fuzz]" (Linux on x86-64, Python 3.11 to 3.13)', file=sys.stderr
        )
        return 2
    names = options.target or NAMES
    cores = min(os.cpu_count() or 1, len(names))
    seconds = max(options.seconds * cores // len(names), 1)
    with ThreadPoolExecutor(cores) as pool:
        return max(pool.map(lambda name: _watch(name, seconds), names))


def _watch(name: str, seconds: int) -> int:
    """Run one target in a process of its own and tell in a line what came of it."""
    command = (sys.executable, "-m", "tests.fuzz", "--child", name, "--seconds", str(seconds))
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False
    )
    stats = dict(re.findall(r"stat::(\w+):\s+(\d+)", done.stdout))
    coverage = re.findall(r"cov: (\d+)", done.stdout)
    print(
        f"{name:14} {stats.get('number_of_executed_units', '?'):>8} inputs in {seconds} s, "
        f"{coverage[-1] if coverage else '?'} edges, peak {stats.get('peak_rss_mb', '?')} MiB"
        f"{'' if done.returncode == 0 else ', FAILED'}",
        flush=True,
    )
    if done.returncode:
        lines = [line for line in done.stdout.splitlines() if not line.startswith("INFO:")]
        print("\n".join(lines[-40:]), flush=True)
    return int(done.returncode != 0)


def _fuzz(name: str, seconds: int) -> int:
    """Fuzz one target in this process; libFuzzer ends it."""
    import atheris

    with atheris.instrument_imports(include=["tlslab"]):
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name]
    corpus = CORPUS / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed-{number:04}").write_bytes(seed[:LONGEST_INPUT])
        # What is imported and kept at first use is not the input's memory.
        target.run(seed[:LONGEST_INPUT])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024 + MOST_MEMORY
    options = (*LIMITS, f"-rss_limit_mb={memory}", f"-max_total_time={seconds}", f"-artifact_prefix={FOUND / name}-")
    atheris.Setup([sys.argv[0], *options, str(corpus)], target.run)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
