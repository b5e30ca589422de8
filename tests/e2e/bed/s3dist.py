#!/usr/bin/env python3
"""S3 servers by Maven coordinates and Go module, in the bed's cache.

    python3 tests/e2e/bed/s3dist.py ensure

s3proxy needs what Kafka needs; versitygw is built where Go is installed, which
takes some minutes once.  What stands in the cache is complete.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

if __package__ in (None, ""):  # run as a script
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bed.dist import (DistError, _listing, _maven, cache_root,  # noqa: E402
                      digest, locked, say, scratch_dir)

S3PROXY = "4.0.0"
VERSITYGW = "1.8.0"
# Of racing creators two can win in it: what the race test is tested with.
VERSITYGW_RACY = "1.7.0"
GO_LEAST = (1, 25)

# Without this set of Jackson's s3proxy ends with status 1 and no word.
POM = f"""\
<project xmlns="http://maven.apache.org/POM/4.0.0">
 <modelVersion>4.0.0</modelVersion>
 <groupId>tidemark</groupId><artifactId>s3proxy-dist</artifactId>
 <version>1</version><packaging>pom</packaging>
 <dependencyManagement><dependencies>
  <dependency><groupId>tools.jackson</groupId>
   <artifactId>jackson-bom</artifactId><version>3.2.1</version>
   <type>pom</type><scope>import</scope></dependency>
 </dependencies></dependencyManagement>
 <dependencies>
  <dependency><groupId>org.gaul</groupId><artifactId>s3proxy</artifactId>
   <version>{S3PROXY}</version></dependency>
 </dependencies>
</project>
"""


def _complete(root: Path) -> bool:
    try:
        stamp = json.loads((root / "complete.json").read_text("utf-8"))
        return bool(stamp["pom"] == digest(POM)
                    and stamp["jars"] == _listing(root / "libs"))
    except (OSError, ValueError, KeyError):
        return False


def _fetch(root: Path) -> None:
    say(f"fetching s3proxy {S3PROXY} with Maven into {root}")
    with scratch_dir(root.parent) as scratch:
        (scratch / "pom.xml").write_text(POM, "utf-8")
        _maven(scratch / "pom.xml", scratch / "libs")
        jars = _listing(scratch / "libs")
        if f"s3proxy-{S3PROXY}.jar" not in jars:
            raise DistError(f"Maven brought no s3proxy: {list(jars)}")
        (scratch / "complete.json").write_text(
            json.dumps({"pom": digest(POM), "jars": jars}), "utf-8")
        if root.exists():
            shutil.rmtree(root)
        scratch.rename(root)
        scratch.mkdir()  # for scratch_dir to remove


def s3proxy() -> Path:
    """The directory with s3proxy's jars in libs/."""
    root = cache_root() / "s3proxy" / S3PROXY
    if not _complete(root):
        with locked(root.with_name(f"{S3PROXY}.lock")):
            if not _complete(root):
                _fetch(root)
    return root


@functools.cache
def go(least: tuple[int, int] = GO_LEAST) -> str | None:
    """The path of a Go that is new enough, or None."""
    path = shutil.which("go")
    if path is None:
        return None
    out = subprocess.run([path, "version"], text=True, capture_output=True,
                         check=False).stdout
    found = re.search(r"go(\d+)\.(\d+)", out)
    if not found or (int(found[1]), int(found[2])) < least:
        return None
    return path


def versitygw(version: str = VERSITYGW) -> Path | None:
    """The program; None where it is not built yet and Go is not installed."""
    path = cache_root() / "versitygw" / version / "versitygw"
    if path.exists():
        return path
    compiler = go()
    if compiler is None:
        return None
    with locked(path.parent.with_name(f"{version}.lock")):
        if not path.exists():
            _build(compiler, version, path)
    return path


def _build(compiler: str, version: str, path: Path) -> None:
    say(f"building versitygw {version} with Go (some minutes)")
    begin = time.monotonic()
    with scratch_dir(path.parent.parent) as scratch:
        run = subprocess.run(
            [compiler, "install",
             f"github.com/versity/versitygw/cmd/versitygw@v{version}"],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            check=False, env={**os.environ, "GOBIN": str(scratch),
                              "GOFLAGS": "-trimpath"})
        if run.returncode != 0:
            raise DistError("Go could not build versitygw:\n"
                            + run.stdout[-3000:])
        path.parent.mkdir(parents=True, exist_ok=True)
        (scratch / "versitygw").rename(path)
    say(f"versitygw {version}: {time.monotonic() - begin:.0f} s")


def ensure() -> None:
    """Everything that this machine can have."""
    s3proxy()
    for version in (VERSITYGW, VERSITYGW_RACY):
        versitygw(version)


def main() -> int:
    if sys.argv[1:] != ["ensure"]:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        ensure()
    except DistError as error:
        print(f"bed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
