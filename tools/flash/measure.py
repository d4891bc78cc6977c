#!/usr/bin/env python3
"""Builds the programs beside this file for a Cortex-M4F and fails where the
emission factors take more of its flash than they may."""

import os
import struct
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = "thumbv7em-none-eabihf"
OUT = HERE.parent.parent / "target" / "flash"
LIMITS = {"full": 32 * 1024, "named": 512}


def flash_bytes(path):
    """What lies in flash of a little-endian 32-bit ELF file: its sections that
    are loaded and have content."""
    data = path.read_bytes()
    table, = struct.unpack_from("<I", data, 0x20)
    size, count = struct.unpack_from("<HH", data, 0x2E)
    total = 0
    for at in range(table, table + size * count, size):
        kind, flags = struct.unpack_from("<II", data, at + 4)
        if flags & 2 and kind != 8:  # SHF_ALLOC, not SHT_NOBITS
            total += struct.unpack_from("<I", data, at + 20)[0]
    return total


def main():
    command = ["cargo", "build", "--quiet", "--release", "--bins", "--locked", "--target", TARGET]
    subprocess.run(command, cwd=HERE, check=True, env={**os.environ, "CARGO_TARGET_DIR": str(OUT)})
    size = {name: flash_bytes(OUT / TARGET / "release" / name) for name in ["empty", *LIMITS]}
    failed = False
    for name, limit in LIMITS.items():
        taken = size[name] - size["empty"]
        failed |= taken > limit
        print(f"{name}: {taken} bytes of flash, at most {limit}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
