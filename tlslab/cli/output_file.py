"""Bytes that an action makes, into a file or to standard output."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tlslab.cli.errors import UsageError
from tlslab.pki import write_file


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """`--output` and `--force`."""
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="default: standard output")
    parser.add_argument("--force", action="store_true", help="overwrite a file that is there")


def write_output(arguments: argparse.Namespace, data: bytes, *, text: bool, private: bool = False) -> None:
    """Write `data` where `add_output_options` says.

    text      PEM and the like, which a terminal can show.
    private   for its owner alone, mode 0600.

    Raises UsageError.
    """
    if arguments.output is None:
        if not text and sys.stdout.isatty():
            raise UsageError("DER is not for a terminal: give --output FILE")
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        write_file(arguments.output, data, private=private, force=arguments.force)
    except FileExistsError:
        raise UsageError(f"{arguments.output} is there already; --force overwrites it") from None
    except OSError as error:
        raise UsageError(f"cannot write {arguments.output}: {(error.strerror or str(error)).lower()}") from None
