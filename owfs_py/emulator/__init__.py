"""1-Wire hardware in software: a wire at slot level, slaves, and bus masters.

It is below the drivers, not beside them: a driver talks to an emulated adapter (ds2480b, ds9097)
through a port in this process (port) or a pseudo-terminal (pty), the adapter makes resets and
time slots on a wire, and slaves answer them. `bench.Emulation` puts all that up in one call.
"""
