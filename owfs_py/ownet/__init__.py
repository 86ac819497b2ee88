"""owserver's network protocol, seen from both ends.

`connect` gives a blocking client; the one for asyncio is owfs_py.ownet.client.OwnetClient, which
is not imported here so that simple programs start quickly.
"""

from owfs_py.ownet.sync import SyncClient, connect

__all__ = ["SyncClient", "connect"]
