# SPDX-License-Identifier: MIT
"""A disk where case does not count."""

import contextlib
import os
import pathlib
import subprocess
import tempfile

SIZE = 16 * 2**20


def run(*words):
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        raise OSError(f"{words[0]}: {getattr(error, 'stderr', '') or error}") from error
    return done.stdout.strip()


@contextlib.contextmanager
def caseless_disk():
    """Its folder, for the time of a with block: an exFAT through FUSE.
    Raises: OSError where it cannot be had."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as end:
        image, top = os.path.join(folder, "image"), os.path.join(folder, "top")
        os.mkdir(top)
        with open(image, "wb") as file:
            file.truncate(SIZE)
        run("mkfs.exfat", image)
        device = run("losetup", "--find", "--show", image)
        end.callback(run, "losetup", "--detach", device)
        run("mount.exfat-fuse", device, top)
        end.callback(run, "umount", "--lazy", top)
        yield pathlib.Path(top)
