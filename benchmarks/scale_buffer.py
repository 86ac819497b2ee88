"""A buffer in front of many upstreams under many clients: figures for docs/chaining.md.

Run it by hand: `python -m benchmarks.scale_buffer --upstreams 64 --clients 500`. It is no test,
and too large for a machine that is at other work.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks import load
from owfs_py import ownet
from owfs_py.bus.families import family_names, family_of
from owfs_py.bus.rom import RomId
from owfs_py.bus.view import View
from owfs_py.ownet import calls
from owfs_py.ownet.client import OwnetClient
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver
from tests.interop.serverprocess import free_port

DEVICES = 20
OURS_EACH = 4
"""One upstream in so many is ours, the others are owserver 3.2p4."""
TRIMMED = View(trim=True)
NAMES = ("type", "address", "present", "temperature")


def rss(pid: int) -> float:
    """MiB of memory that a process has at the moment."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def upstreams(stack: ExitStack, count: int) -> Iterator[str]:
    """Start them; each has devices of another family."""
    for number, family in enumerate(family_names()[:count]):
        port = f"127.0.0.1:{free_port()}"
        options = ["--tester=" + ",".join([family] * DEVICES), f"--port={port}"]
        kind = OurDaemon if number % OURS_EACH == 0 else RealOwserver
        stack.enter_context(kind(options))
        yield f"--server={port}"


async def crowd(port: int, paths: list[str], clients: int, seconds: float) -> tuple[int, float]:
    """Requests answered and the longest wait, of clients that read this and that."""
    answered, longest = 0, 0.0
    end = time.monotonic() + seconds

    async def one(seed: int) -> None:
        nonlocal answered, longest
        choose = random.Random(seed).choice
        client = OwnetClient("127.0.0.1", port, timeout=30)
        while (began := time.monotonic()) < end:
            await client.read(choose(paths))
            longest = max(longest, time.monotonic() - began)
            answered += 1
        client.close()

    await asyncio.gather(*map(one, range(clients)))
    return answered, longest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upstreams", type=int, default=64)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=20)
    asked = parser.parse_args()
    with ExitStack() as stack:
        servers = list(upstreams(stack, asked.upstreams))
        many = f"--clients_persistent_high={2 * asked.clients}"
        below = stack.enter_context(OurDaemon([*servers, "--buffer", many]))
        client = stack.enter_context(ownet.connect(below.address, timeout=30))

        def count(name: str) -> int:
            return int(client.read(f"/statistics/{name}", view=TRIMMED))

        print(f"memory at the start           {rss(below.pid):8.1f} MiB")
        for what in ("first", "again"):
            began = time.monotonic()
            devices = client.dir("/")
            print(
                f"directory of {len(devices)}, {what:16}{1000 * (time.monotonic() - began):8.1f} ms"
            )
        paths = [
            f"{device}/{name}"
            for device in devices
            for name in NAMES
            if family_of(RomId.parse(device[1:])).get(name)
        ]
        answered, longest = asyncio.run(crowd(below.port, paths, asked.clients, asked.seconds))
        passed = count("buffer/passed")
        print(f"random reads, {asked.clients} clients     {answered / asked.seconds:8.0f} /s")
        print(f"  the longest took            {1000 * longest:8.1f} ms")
        print(f"  requests sent upstream      {passed:8} of {answered}")
        frame = calls.read(f"{devices[0]}/type", 8192).frame(View(), persistent=True)
        answer = load.ask(below.port, frame)
        result = load.apply(load.Load(frame, answer, asked.clients), below.port, "5s")
        print(f"one value, {asked.clients} clients        {result.rate:8.0f} /s")
        print(f"memory at the end             {rss(below.pid):8.1f} MiB")


if __name__ == "__main__":
    main()
