"""The index: 2,000 handshakes against `tshark -V`, 16,000 against `tshark -2`; how time and memory grow; and the record layer."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from time import process_time
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.benchmarks.decode import told
from tests.benchmarks.process import Cost, run
from tests.benchmarks.traffic import REAL, capture_of
from tlslab.keys.protection import Tls13Protection
from tlslab.keys.schedule13 import traffic_key_iv
from tlslab.keys.suites import cipher_suite

INDEX_GOAL: Final = 5
"""How many times tshark's messages per CPU second."""
LARGE: Final = 8 * REAL
LARGE_GOAL: Final = 2
"""How many times faster than `tshark -2`, which is as often over the file as its window is."""
MEMORY_GOAL: Final = 2.5
"""Peak memory, start of Python included, as a multiple of the file; the window comes on top."""
GROWTH: Final = (4, 2, 1)
"""Parts of the large capture."""
GROWTH_GOAL: Final = 1.25
"""How much more a byte may cost where there are many before it: quadratic would be 2 and more."""
GROWTH_ROUNDS: Final = 5
DECRYPT_GOAL: Final = 0.4
RECORD: Final = 1024
RECORDS: Final = 2_000
"""As few, and read again and again, because this process's own peak would count as that of all that it starts later."""
READINGS: Final = 20
MIB: Final = 1 << 20


def _listing(capture: Path) -> tuple[str, ...]:
    return sys.executable, "-m", "tests.benchmarks.list_capture", str(capture)


def _pairs(capture: Path, other: tuple[str, ...], variables: Mapping[str, str], rounds: int) -> list[tuple[Cost, Cost]]:
    """Costs of ours and of the other, run in turn; the first round is not counted."""
    return [(run(_listing(capture), variables), run(other, variables, keep=False)) for _ in range(rounds + 1)][1:]


def _words(pairs: list[tuple[Cost, Cost]]) -> str:
    ours, others = (median(pair[side].cpu_ms for pair in pairs) for side in (0, 1))
    peak, other_peak = (max(pair[side].peak_mib for pair in pairs) for side in (0, 1))
    return f"CPU {ours:.0f} / {others:.0f} ms, peak RSS {peak:.0f} / {other_peak:.0f} MiB"


def index(variables: Mapping[str, str], rounds: int) -> bool:
    """Every message of 2,000 handshakes listed, all decrypted: CPU time of the whole process against `tshark -V`."""
    if shutil.which("tshark") is None:
        print("skipped index: tshark is not installed")
        return True
    capture = capture_of(REAL)
    pairs = _pairs(capture, ("tshark", "-r", str(capture), "-V"), variables, rounds)
    ratio = median(other.cpu_ms / ours.cpu_ms for ours, other in pairs)
    _, messages, unreadable, *_ = pairs[0][0].output.split()
    print(f"{'':7} {messages} messages, {unreadable} that no key opens", flush=True)
    return told("index of 2,000 handshakes / tshark -V", ratio, INDEX_GOAL, _words(pairs))


def large(variables: Mapping[str, str], rounds: int) -> bool:
    """The same of 16,000 handshakes: time against `tshark -2`, peak memory, and how both grow with the file."""
    captures = {part: capture_of(LARGE // part) for part in GROWTH}
    whole = captures[1]
    mib = whole.stat().st_size / MIB
    results = []
    if shutil.which("tshark") is None:
        print("skipped large capture / tshark -2: tshark is not installed")
        pairs = [(run(_listing(whole), variables),) * 2 for _ in range(3)]
    else:
        pairs = _pairs(whole, ("tshark", "-2", "-r", str(whole)), variables, 3)
        ratio = median(other.cpu_ms / ours.cpu_ms for ours, other in pairs)
        results.append(told("index of 16,000 handshakes / tshark -2", ratio, LARGE_GOAL, _words(pairs)))
    _, messages, unreadable, first_ms, _ = pairs[0][0].output.split()
    print(
        f"{'':7} {mib:.0f} MB, {messages} messages, {unreadable} that no key opens, first rows after {first_ms} ms (wall)",
        flush=True,
    )
    peak = max(ours.peak_mib for ours, _ in pairs)
    results.append(_at_most("peak memory / file", peak / mib, MEMORY_GOAL, f"{peak:.0f} / {mib:.0f} MiB"))
    return all([*results, *_growth(captures, variables)])


def _growth(captures: Mapping[int, Path], variables: Mapping[str, str]) -> list[bool]:
    """What a byte costs in the second half of the file, as a multiple of what one costs in the second quarter."""
    sizes = [captures[part].stat().st_size for part in GROWTH]
    costs = [[run(_listing(captures[part]), variables) for _ in range(GROWTH_ROUNDS)] for part in GROWTH]
    measures: tuple[tuple[str, Callable[[Cost], float]], ...] = (
        ("CPU ms", lambda cost: cost.cpu_ms),
        ("peak MiB", lambda cost: cost.peak_mib),
    )
    results = []
    for name, measure in measures:
        quarter, half, whole = (median(map(measure, each)) for each in costs)
        grown = (whole - half) / (sizes[2] - sizes[1]) / ((half - quarter) / (sizes[1] - sizes[0]))
        detail = f"a quarter, a half and the whole: {quarter:.0f}, {half:.0f}, {whole:.0f}"
        results.append(_at_most(f"{name} of a byte, second half / second quarter", grown, GROWTH_GOAL, detail))
    return results


def _at_most(name: str, value: float, goal: float, detail: str) -> bool:
    reached = value <= goal
    print(f"{'ok' if reached else 'MISSED':7} {name:52} {value:7.2f} x   goal {goal:g} x    {detail}", flush=True)
    return reached


def decrypt(variables: Mapping[str, str], rounds: int) -> bool:
    """Records of 1 KiB opened by the lab's record layer, as a share of bare `AESGCM.decrypt`; in this process."""
    suite = cipher_suite(0x1301)
    assert suite is not None
    secret = bytes(32)
    writer, (key, iv) = Tls13Protection(suite, secret), traffic_key_iv(suite, secret)
    records = [writer.seal(23, bytes(RECORD)) for _ in range(RECORDS)]
    cut = [(record[:5], record[5:]) for record in records]
    first = int.from_bytes(iv)
    ready = [((first ^ number).to_bytes(12), fragment, header) for number, (header, fragment) in enumerate(cut)]

    def through_the_lab() -> None:
        for _ in range(READINGS):
            reader = Tls13Protection(suite, secret)
            for header, fragment in cut:
                reader.open(header, fragment)

    def bare() -> None:
        for _ in range(READINGS):
            aead = AESGCM(key)
            for nonce, fragment, header in ready:
                aead.decrypt(nonce, fragment, header)

    pairs = [(_seconds(through_the_lab), _seconds(bare)) for _ in range(rounds + 1)][1:]
    detail = f"{RECORDS * READINGS / median(ours for ours, _ in pairs) / 1e6:.2f} M records a CPU second"
    share = median(floor / ours for ours, floor in pairs)
    return told("records of 1 KiB opened / bare AESGCM.decrypt", share, DECRYPT_GOAL, detail)


def _seconds(work: Callable[[], None]) -> float:
    start = process_time()
    work()
    return process_time() - start
