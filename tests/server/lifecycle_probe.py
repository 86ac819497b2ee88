"""A program around lifecycle.run for test_lifecycle: a service that writes down what happens.

Arguments: a directory for `events` and `pid`, then any of the words below.
"""

import asyncio
import os
import sys
import time

from owfs_py.server import lifecycle, systemd

directory, *words = sys.argv[1:]


def note(event):
    with open(os.path.join(directory, "events"), "a", encoding="ascii") as events:
        events.write(event + "\n")


class Probe:
    async def start(self):
        note(f"start {os.getpid()} {os.getppid()} {os.getcwd()} {systemd.take_listen_fds()}")
        if "fail" in words:
            raise lifecycle.StartError("nothing to serve")
        if "busy" in words:
            raise OSError("port busy")
        if "fault" in words:
            raise ZeroDivisionError
        if "slow" in words:
            await asyncio.sleep(30)
        note("started")

    async def stop(self):
        note("stop")
        if "stuck" in words:
            time.sleep(30)  # noqa: ASYNC251 - the loop itself is stuck
        if "slowstop" in words:
            await asyncio.sleep(30)
        note("stopped")

    async def outdated(self):
        if "outdated" not in words:
            await asyncio.Event().wait()
        note("outdated")
        words.remove("outdated")

    async def reload(self):
        note("reload")
        if "badreload" in words:
            raise OSError("no such file")
        if "replace" in words:
            words.remove("replace")
            return Probe()
        if "badreplace" in words:
            words.append("busy")
            return Probe()
        return None


line = lifecycle.detach() if "background" in words else lifecycle.Launcher()
sys.exit(lifecycle.run(Probe, line, os.path.join(directory, "pid")))
