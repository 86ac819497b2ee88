"""docs/bus-cost.md: how costs on the bus are written down, and what is said about them.

Nothing is measured here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from benchmarks.adapters import I2C_BIT_RATE, Adapter
from benchmarks.buscosts import Cost, Costs
from benchmarks.buses import POLLING_SLOTS, VOLATILE
from benchmarks.tables import markdown

FIGURES: Final = ("resets", "slots", "conversions", "time")
COLUMNS: Final = ("", *FIGURES, *FIGURES)

TEXT: Final = f"""\
# What requests cost on the bus

Written by `bin/bench --write-docs`; `bin/bench` compares it with what it measures. The counts come
from an emulated wire with a DS2480B, so they are exact and do not depend on the machine.
On the left owserver 3.2p4, on the right owfs_py; both on the same bus of DS18B20 at 12 bits, with
external power unless the table says otherwise, and with values cached for {VOLATILE} s.

- **slots** are time slots, of 70 µs; a reset takes 960 µs. While a sensor converts owserver 3.2p4
  holds the bus and keeps asking whether it is done: that is the number behind the ≈, which depends
  on the machine's timers.
- **conversions** are those of all chips together: one that is shared by twenty sensors counts as
  twenty, though it is a single command and takes no longer than one.
- **time** is how long whoever asked had to wait: measured (≈) for owserver 3.2p4, and computed from
  the data sheets' times for owfs_py, which this benchmark runs on a virtual clock.

{{table}}

Where the right side has more than the left:

- `temphigh`, write: owfs_py reads back what it wrote, before the chip copies it to its EEPROM and
  after. owserver 3.2p4 trusts that all went well.
- Alarm directory: once nobody was in alarm, the next search begins with a look of 10 slots whether
  anybody is, which mostly is all.
- Parasitic: owfs_py first asks all sensors at once whether any of them is fed from the data line.
  If none is they convert together from then on.

## By way of each adapter

The same with twenty sensors behind each adapter, whose limits, resolution and power supply are
known. What crosses between the host and the adapter is counted, too; there the ≈ stands for what
asking the sensors takes, or for a number that depends on the order in which owserver 3.2p4 comes to
requests of the same time.

- **characters** on a serial line, both ways;
- **USB transfers** of any kind;
- **I2C transfers**, each from a START to a STOP, at {I2C_BIT_RATE // 1000} kbit/s, which take their
  time; the controller does combined transfers;
- **HTTP requests**, each a connection of its own;
- **lines** or **packets** that answer a command;
- **netlink requests**, each a datagram to the kernel.

A serial line, USB and the network have no time of their own here, which favours neither.

{{adapters}}

Where the right side has more than the left:

- DS9490R: owserver 3.2p4 looks for all devices when it opens one, to know it again, and keeps the
  list. owfs_py needs three passes of a search at most for that.
- HA5: owfs_py names the device again where owserver 3.2p4 goes on with the one before. The HA5
  repeats the name, so that a mistake on the line shows before anything is written.

Of an HA7Net owfs_py takes the lock where requests belong together, as the two that begin a shared
conversion do, so that other programs can use it at the same time; a scratchpad is a single request.
owserver 3.2p4 takes no lock; a program that comes in between gets wrong answers, or makes it get
some.

Of an OW-SERVER-ENET-2, a PBM, a MasterHub and a DS2482-800 owserver 3.2p4 always uses all channels;
here owfs_py has one, where all the sensors are. That is the difference in their directories.

By way of a PBM owserver 3.2p4 feeds every sensor that converts, also those with a supply of their
own: it asks nobody and holds the bus for a whole second.
"""


@dataclass
class Measured:
    """Costs of owserver 3.2p4 and of ours."""

    reference: Costs = field(default_factory=dict)
    ours: Costs = field(default_factory=dict)


def figures_of_reference(cost: Cost) -> tuple[str, ...]:
    """Cells under FIGURES; what depends on timers has a ≈."""
    return (
        str(cost.resets),
        _with_polling(cost.slots, cost.polling_slots),
        str(cost.conversions),
        f"≈{cost.seconds:.2f} s",
    )


def figures_of_ours(cost: Cost) -> tuple[str, ...]:
    """Cells under FIGURES."""
    slots = str(cost.slots + cost.polling_slots)
    return str(cost.resets), slots, str(cost.conversions), f"{cost.seconds:.2f} s"


def crossed_by_reference(cost: Cost, adapter: Adapter) -> str:
    """A cell under the adapter's unit."""
    if adapter.varies:
        return f"≈{cost.crossed}"
    polling = cost.polling_slots // POLLING_SLOTS * adapter.per_poll
    return _with_polling(cost.crossed - polling, polling)


def _with_polling(exact: int, polling: int) -> str:
    return f"{exact} + ≈{polling}" if polling else str(exact)


def columns_for(adapter: Adapter) -> tuple[str, ...]:
    """Those after the first of an adapter's table."""
    figures = (*FIGURES[:-1], adapter.unit, FIGURES[-1])
    return (*figures, *figures)


def figures_for(adapter: Adapter, reference: Cost, ours: Cost) -> tuple[str, ...]:
    """A row of an adapter's table, without its name."""
    *their_counts, their_time = figures_of_reference(reference)
    *our_counts, our_time = figures_of_ours(ours)
    return (
        *(*their_counts, crossed_by_reference(reference, adapter), their_time),
        *(*our_counts, str(ours.crossed), our_time),
    )


def as_document(everything: Measured, by_adapter: Mapping[Adapter, Measured]) -> str:
    """The whole of it."""
    rows = [
        (name, *figures_of_reference(everything.reference[name]), *figures_of_ours(cost))
        for name, cost in everything.ours.items()
    ]
    tables = (_of_adapter(adapter, measured) for adapter, measured in by_adapter.items())
    return TEXT.format(table=markdown(COLUMNS, rows), adapters="\n\n".join(tables))


def _of_adapter(adapter: Adapter, measured: Measured) -> str:
    rows = [
        (name, *figures_for(adapter, measured.reference[name], cost))
        for name, cost in measured.ours.items()
    ]
    return f"### {adapter.name}\n\n{markdown(('', *columns_for(adapter)), rows)}"


def without_measured_figures(document: str) -> str:
    """What must not change from run to run."""
    return re.sub(r"[ -]+", " ", re.sub(r"≈[\d.]+", "≈", document))
