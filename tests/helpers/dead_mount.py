# SPDX-License-Identifier: MIT
"""A file system that never answers, as of a server that is gone."""

import contextlib
import ctypes
import os
import tempfile


@contextlib.contextmanager
def dead_mount():
    """Its folder, for the time of a with block. Who waits for something below it holds a lock that
    makes others wait who cannot even be killed.
    Raises: OSError where it cannot be had."""
    libc = ctypes.CDLL(None, use_errno=True)
    lazily = 2  # MNT_DETACH
    with tempfile.TemporaryDirectory() as folder:
        device = os.open("/dev/fuse", os.O_RDWR)  # from which nobody reads
        try:
            options = f"fd={device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
            if libc.mount(b"dead", folder.encode(), b"fuse", 0, options.encode()) != 0:
                raise OSError(ctypes.get_errno(), "mount")
        except OSError:
            os.close(device)
            raise
        try:
            yield folder
        finally:
            os.close(device)  # whoever still waits gets an error
            libc.umount2(folder.encode(), lazily)
