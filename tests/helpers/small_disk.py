# SPDX-License-Identifier: MIT
"""A disk that is soon full."""

import contextlib
import ctypes
import os
import pathlib
import tempfile

LIBC = ctypes.CDLL(None, use_errno=True)


def call(function, *arguments):
    if function(*arguments) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


@contextlib.contextmanager
def small_disk(size):
    """Its folder, for the time of a with block; so many bytes fit.
    Raises: OSError where it cannot be had."""
    lazily = 2  # MNT_DETACH
    with tempfile.TemporaryDirectory() as folder:
        call(LIBC.mount, b"small", folder.encode(), b"tmpfs", 0, f"size={size}".encode())
        try:
            yield pathlib.Path(folder)
        finally:
            call(LIBC.umount2, folder.encode(), lazily)


def make_read_only(folder):
    read_only_again = 0x21  # MS_RDONLY | MS_REMOUNT
    call(LIBC.mount, b"small", os.fsencode(folder), b"tmpfs", read_only_again, None)
