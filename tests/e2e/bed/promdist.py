#!/usr/bin/env python3
"""promtool, in the bed's cache: the judge of what is written for Prometheus.

    python3 tests/e2e/bed/promdist.py ensure

It comes out of Debian's package prometheus, of which nothing is installed.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
from pathlib import Path

if __package__ in (None, ""):  # run as a script
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bed.dist import cache_root, locked, say, scratch_dir  # noqa: E402


def _fetch(path: Path) -> None:
    say("fetching promtool out of Debian's package prometheus")
    with scratch_dir(path.parent) as scratch:
        for line in (["apt-get", "download", "-q", "prometheus"],
                     ["sh", "-c", "dpkg-deb -x prometheus_*.deb out"]):
            run = subprocess.run(line, cwd=scratch, text=True,
                                 stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, check=False)
            if run.returncode != 0:
                say(f"no promtool: {run.stdout[-500:]}")
                return
        (scratch / "out/usr/bin/promtool").rename(path)


@functools.cache
def promtool() -> Path | None:
    """The program; None where it cannot be had."""
    if found := shutil.which("promtool"):
        return Path(found)
    path = cache_root() / "promtool" / "promtool"
    if not path.exists() and shutil.which("apt-get"):
        with locked(path.with_name("promtool.lock")):
            if not path.exists():
                _fetch(path)
    return path if path.exists() else None


def main() -> int:
    if sys.argv[1:] != ["ensure"]:
        print(__doc__, file=sys.stderr)
        return 2
    promtool()
    return 0


if __name__ == "__main__":
    sys.exit(main())
