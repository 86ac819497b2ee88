"""The daemon's entry point: options, then background, then run. Everything else is elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from owfs_py.server.commandline import read_command_line
from owfs_py.server.options import (
    HelpWanted,
    OptionError,
    Options,
    ScanWanted,
    VersionWanted,
)

EXIT_OK = 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run with the words after the program's name (by default its own); the exit status.

    0 after an orderly end, --help, --version and --scan; 1 if the daemon cannot start; 2 for a
    wrong option or configuration file.
    """
    argv = sys.argv[1:] if argv is None else argv
    try:
        options = read_command_line(argv)
    except HelpWanted as wanted:
        from owfs_py.server import helptext

        print(helptext.page(str(wanted)), end="")
        return EXIT_OK
    except VersionWanted:
        return _print_version()
    except ScanWanted:
        from owfs_py.server import scan

        return scan.main()
    except OptionError as error:
        print(f"owserver: {error}", file=sys.stderr)
        return error.exit_status
    return _run(options, argv)


def _print_version() -> int:
    from owfs_py.server import helptext

    stdout, stderr = helptext.version()
    print(stdout, end="", flush=True)
    print(stderr, end="", file=sys.stderr)
    return EXIT_OK


def _run(options: Options, argv: Sequence[str]) -> int:
    # Not at the top: a wrong option and --help need no event loop.
    from owfs_py.server import lifecycle, logs, systemd

    listen_fds = systemd.take_listen_fds()
    if options.debug:
        print("DEBUG MODE")
        _print_version()
    foreground = bool(listen_fds) or not options.background
    launcher = lifecycle.Launcher() if foreground else lifecycle.detach()
    logs.set_up(options, foreground=foreground)
    logs.watch_faults(options)

    from owfs_py.server.daemon import Daemon

    def read_again() -> Options:
        fresh = read_command_line(argv)
        logs.set_up(fresh, foreground=foreground)
        return fresh

    return lifecycle.run(
        lambda: Daemon(options, listen_fds, read_again), launcher, options.pid_file
    )


if __name__ == "__main__":
    sys.exit(main())
