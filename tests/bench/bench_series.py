"""An hour of 10,000 positions at 10 s, kept by tidemark and by what else there
is: JSON Lines behind zstd, and Prometheus' own blocks.  All bytes count, and
are told for each position that changed.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bed.promdist import promtool
from measuring import BUILD, row
from soak.reader import Window, read


def samples(window: Window) -> Iterator[tuple[str, str, int,
                                              list[int | None]]]:
    for group, series in window.groups.items():
        for (topic, partition), told in series.positions.items():
            yield group, topic, partition, told


def json_lines(window: Window, path: Path, changed: bool) -> None:
    """A line for each position in each capture, or only where it changed."""
    rows: list[list[str]] = [[] for _ in window.captures]
    for group, topic, partition, told in samples(window):
        last: int | None = None
        for at, offset in enumerate(told):
            if offset is not None and not (changed and offset == last):
                rows[at].append(json.dumps(
                    {"at": window.captures[at][0], "group": group,
                     "topic": topic, "partition": partition,
                     "offset": offset}))
            last = offset
    path.write_text("\n".join("\n".join(each) for each in rows))


def zstd(path: Path) -> int:
    packed = path.with_suffix(".zst")
    subprocess.run(["zstd", "-q", "-3", "-f", path, "-o", packed], check=True)
    return packed.stat().st_size


def prometheus(window: Window, scratch: Path) -> int | None:
    """The blocks that promtool makes of the same samples."""
    tool = promtool()
    if tool is None:
        return None
    text, blocks = scratch / "metrics.txt", scratch / "blocks"
    with open(text, "w", encoding="utf-8") as file:
        file.write("# TYPE kafka_offset gauge\n")
        for group, topic, partition, told in samples(window):
            name = (f'kafka_offset{{group={json.dumps(group)},topic='
                    f'{json.dumps(topic)},partition="{partition}"}}')
            file.writelines(
                f"{name} {offset} {window.captures[at][0] / 1000}\n"
                for at, offset in enumerate(told) if offset is not None)
        file.write("# EOF\n")
    subprocess.run([tool, "tsdb", "create-blocks-from", "openmetrics", text,
                    blocks], check=True, capture_output=True)
    return sum(each.stat().st_size for each in blocks.rglob("*")
               if each.is_file())


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tidemark-bench-") as name:
        scratch = Path(name)
        archive = scratch / "window.tar.zst"
        subprocess.run([BUILD / "bench" / "bench_window", archive], check=True)
        window = read(archive)
        changes = window.manifest["counts"]["window"]["changes"]

        def told(what: str, size: int | None) -> None:
            row(what, "not measured" if size is None else
                f"{size / 1e6:.2f} MB", "" if size is None else
                f"{size / changes:.2f} B for each that changed")

        positions = window.manifest["counts"]["positions"]
        print(f"\n{positions} positions, {len(window.captures)} captures, "
              f"{changes} changes")
        told("a window, everything included", archive.stat().st_size)
        told("Prometheus' own blocks", prometheus(window, scratch))
        for what, changed in (("JSON Lines, zstd -3, only changes", True),
                              ("JSON Lines, zstd -3", False)):
            json_lines(window, scratch / "rows.jsonl", changed)
            told(what, zstd(scratch / "rows.jsonl"))


if __name__ == "__main__":
    main()
