"""An archive taken apart by its published format alone (formats/FORMAT.md), and
put together again with something changed: what a forger would do."""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
from dataclasses import dataclass

SEAL = b"\x54\x2a\x4d\x18" + struct.pack("<I", 72) + b"TIDESEAL"
TABLE, END = b"\x5e\x2a\x4d\x18", b"\xb1\xea\x92\x8f"


def _zstd(data: bytes, *options: str) -> bytes:
    return subprocess.run(["zstd", "-q", *options, "-c"], input=data,
                          capture_output=True, check=True).stdout


@dataclass
class Archive:
    """Compressed frames in order; their members' names; content sizes."""

    frames: list[bytes]
    names: list[str]
    sizes: list[int]

    @classmethod
    def parse(cls, whole: bytes) -> Archive:
        assert whole[-4:] == END
        count = struct.unpack("<I", whole[-9:-5])[0]
        table = whole[-9 - 8 * count:-9]
        frames, names, sizes, at = [], [], [], 0
        for number in range(count - 1):  # the last is the seal
            size, content = struct.unpack_from("<II", table, 8 * number)
            frames.append(whole[at:at + size])
            header = _zstd(frames[-1], "-d")[:100]
            names.append(header.rstrip(b"\0").decode())
            sizes.append(content)
            at += size
        return cls(frames, names, sizes)

    def member_at(self, offset: int) -> str:
        """The part that a byte of the file is in."""
        for frame, name in zip(self.frames, self.names, strict=True):
            if offset < len(frame):
                return name
            offset -= len(frame)
        return "seal" if offset < 80 else "seek table"

    def manifest(self) -> dict[str, object]:
        """The text of MANIFEST.json, which is the last member."""
        raw = _zstd(self.frames[-1], "-d")
        found: dict[str, object] = json.loads(
            raw[512:512 + int(raw[124:135], 8)])
        return found

    def with_manifest(self, text: bytes) -> Archive:
        """The same with another manifest of the same length."""
        raw = bytearray(_zstd(self.frames[-1], "-d"))
        assert len(text) == int(raw[124:135], 8)
        raw[512:512 + len(text)] = text
        frame = _zstd(bytes(raw), "-1", "--check",
                      f"--stream-size={len(raw)}")
        return Archive([*self.frames[:-1], frame], self.names, self.sizes)

    def manifest_text(self) -> bytes:
        raw = _zstd(self.frames[-1], "-d")
        return raw[512:512 + int(raw[124:135], 8)]

    def seal(self) -> bytes:
        content = b"".join(self.frames)
        return (SEAL + hashlib.sha256(self.frames[-1]).digest()
                + hashlib.sha256(content).digest())

    def table(self) -> bytes:
        rows = [*zip(map(len, self.frames), self.sizes, strict=True), (80, 0)]
        packed = b"".join(struct.pack("<II", *row) for row in rows)
        return (TABLE + struct.pack("<I", len(packed) + 9) + packed
                + struct.pack("<IB", len(rows), 0) + END)

    def build(self, seal: bytes | None = None) -> bytes:
        return (b"".join(self.frames) + (self.seal() if seal is None else seal)
                + self.table())
