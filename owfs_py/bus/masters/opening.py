"""Why a device file or a connection cannot be opened, in words for people.

They do not say which one: whoever tells them has named it already.
"""

from __future__ import annotations

import errno
import grp
import os
import stat
from contextlib import suppress

_IN_USE = (errno.EBUSY, errno.EAGAIN)
"""A driver of the kernel, or who has locked it."""


def why_not(error: BaseException, path: str = "") -> str:
    """The system's words for what is at the bottom of `error`; libraries put them into others.

    `path` is what has been named; another file that is in the way is named here.
    """
    fault = _fault(error)
    if fault is None:
        return str(error) or type(error).__name__
    if fault.filename in (None, path):
        return _words(fault, path)
    return f"{fault.filename}: {_words(fault, fault.filename)}"


def _words(fault: OSError, path: str) -> str:
    if fault.errno in _IN_USE:
        return "another program uses it"
    if fault.errno == errno.EACCES:
        return f"no permission{_who_has(path)}"
    if fault.errno is not None and fault.errno > 0:
        return os.strerror(fault.errno)
    return fault.strerror or str(fault)  # of looking up the name of a host


def _fault(error: BaseException | None) -> OSError | None:
    """`error`, or that which led to it, with the system's number."""
    if error is None or (isinstance(error, OSError) and error.errno is not None):
        return error
    return _fault(error.__cause__ or error.__context__)


def _who_has(path: str) -> str:
    """For a device file that is a group's."""
    with suppress(OSError, KeyError):  # there is no such file, or no such group
        file = os.stat(path)
        if file.st_gid and file.st_mode & stat.S_IRGRP and file.st_mode & stat.S_IWGRP:
            group = grp.getgrgid(file.st_gid).gr_name
            return f"; members of the group {group} have it (adduser NAME {group})"
    return ""
