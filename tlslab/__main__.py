"""Choose between window and command line, and import neither before it is chosen.

`tlslab --version` has to cost little more than Python itself, so this module imports `os` and `sys` alone.
"""

from __future__ import annotations

import os
import sys

from tlslab import __version__

WINDOW_WITHOUT_DISPLAY = ("--smoke", "--screenshot", "--help", "-h")
"""Options of `tlslab gui` that work where no screen is: they paint off screen, or do not paint."""

QT_LIBRARIES = (
    "libglib2.0-0 libgl1 libegl1 libfontconfig1 libxkbcommon0 libdbus-1-3"
    " libxcb-cursor0 libxkbcommon-x11-0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0"
)
"""What Qt needs of a Debian or Ubuntu system, as names of packages."""


def main(arguments: list[str] | None = None) -> int:
    """Run `tlslab` with `arguments` (default: those of the process) and give the exit code."""
    try:
        code = _run(sys.argv[1:] if arguments is None else arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        # `tlslab demo | head`: the reader has seen enough, which is no answer; a shell says so of any program.
        _write_no_more()
        return 141  # 128 + SIGPIPE
    except KeyboardInterrupt:
        return 130  # 128 + SIGINT, as a shell counts
    except OSError as error:
        if error.filename is not None or not _is_full(error):
            raise
        _write_no_more()
        return _say(f"cannot write the results: {(error.strerror or str(error)).lower()}")
    return code


def _run(arguments: list[str]) -> int:
    if arguments in (["--version"], ["-V"]):
        print(f"tlslab {__version__}")
        return 0
    return _open_window(arguments) if _asks_for_window(arguments) else _command(arguments)


def _write_no_more() -> None:
    """Leave nothing to be flushed at exit, where it would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _is_full(error: OSError) -> bool:
    import errno

    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def _asks_for_window(arguments: list[str]) -> bool:
    """No arguments, `gui`, or a file: no command has a dot or a slash in its name."""
    if not arguments:
        return True
    first = arguments[0]
    return first == "gui" or (not first.startswith("-") and ("." in first or os.sep in first))


def _command(arguments: list[str]) -> int:
    from tlslab import cli

    return cli.main(arguments)


def _open_window(arguments: list[str]) -> int:
    options = arguments[1:] if arguments[:1] == ["gui"] else arguments
    if _has_no_display():
        if any(option.split("=")[0] in WINDOW_WITHOUT_DISPLAY for option in options):
            os.environ["QT_QPA_PLATFORM"] = "offscreen"
        elif arguments:
            return _say("no display for the window (neither DISPLAY nor WAYLAND_DISPLAY is set); see `tlslab --help`")
        else:
            _say("no display for the window, so here is the demo in the terminal:")
            return _command(["demo"])
    try:
        from tlslab.gui import app
    except ImportError as error:
        return _say(_why_no_qt(error))
    return app.main(options)


def _has_no_display() -> bool:
    variables = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform.startswith("linux") and not any(os.environ.get(name) for name in variables)


def _why_no_qt(error: ImportError) -> str:
    """One sentence for a Qt that is not there, or for a library that Qt wants. Other errors are ours."""
    if "cannot open shared object file" in str(error):
        return f"Qt cannot start: {error}. On Debian and Ubuntu: apt-get install {QT_LIBRARIES}"
    if (error.name or "").split(".")[0] in ("PySide6", "shiboken6"):
        return "the window needs Qt, which is not installed: pip install PySide6-Essentials"
    raise error


def _say(text: str) -> int:
    """Print one line to standard error; 2 means that nothing was done."""
    try:  # noqa: SIM105  contextlib would cost `--version` its import
        print(f"tlslab: {text}", file=sys.stderr)
    except OSError:  # nobody can be told
        pass
    return 2


if __name__ == "__main__":
    sys.exit(main())
