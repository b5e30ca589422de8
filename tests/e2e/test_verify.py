"""verify and show --salvage: what is wrong is found and named, and what is
still right can be had.  Contract lines 9 and 10."""

from __future__ import annotations

import json
import random
import resource
import struct
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from bed.archive import Archive
from conftest import TREE, program

GOLDEN = TREE / "tests" / "golden"
CHANGES = 300


@pytest.fixture(params=["v1-basic", "v1-everything"])
def whole(request: pytest.FixtureRequest) -> bytes:
    return (GOLDEN / f"{request.param}.tar.zst").read_bytes()


def reports(tidemark: Any, paths: list[Path]) -> list[Any]:
    """What verify says of each, in one run; and its summary."""
    lines = tidemark("verify", "--json", *paths, status=20).jsonl()
    assert lines[-1]["kind"] == "summary"
    assert lines[-1]["damaged"] == len(paths)
    return list(lines[:-1])


def test_contract_9_changed_bits_and_bytes_are_found_and_named(
        tidemark: Any, tmp_path: Path, whole: bytes) -> None:
    archive, rng = Archive.parse(whole), random.Random(9)
    paths, parts = [], []
    for number in range(2 * CHANGES):
        at = rng.randrange(len(whole))
        changed = bytearray(whole)
        if number < CHANGES:
            changed[at] ^= 1 << rng.randrange(8)
        else:
            changed[at] = (changed[at] + rng.randrange(1, 256)) % 256
        paths.append(tmp_path / f"{number}.tar.zst")
        paths[-1].write_bytes(changed)
        parts.append(archive.member_at(at))
    for report, part in zip(reports(tidemark, paths), parts, strict=True):
        assert report["whole"] is False
        assert [each["member"] for each in report["findings"]] == [part]


def test_contract_9_other_damage_is_found(tidemark: Any, tmp_path: Path,
                                          whole: bytes) -> None:
    archive = Archive.parse(whole)
    last = len(archive.frames[-1])
    cases = {
        "a byte appended": whole + b"\0",
        "a kilobyte appended": whole + bytes(1024),
        "two glued together": whole + whole,
        "a byte before": b"\0" + whole,
        "cut by a byte": whole[:-1],
        "cut in the middle": whole[:len(whole) // 2],
        "without its table": whole[:-len(archive.table())],
        "without seal and table": b"".join(archive.frames),
        "without its last frame": b"".join(archive.frames[:-1]),
        "its last frame left out":
            Archive(archive.frames[:-1], archive.names[:-1],
                    archive.sizes[:-1]).build(),
        "its last frame cut": whole[:len(b"".join(archive.frames)) - last // 2],
        "two frames exchanged":
            Archive([archive.frames[1], archive.frames[0],
                     *archive.frames[2:]], archive.names,
                    archive.sizes).build(archive.seal()),
        "nothing": b"",
        "something else": b"PK\3\4" + bytes(100),
    }
    paths = []
    for number, content in enumerate(cases.values()):
        paths.append(tmp_path / f"{number}.tar.zst")
        paths[-1].write_bytes(content)
    for report, name in zip(reports(tidemark, paths), cases, strict=True):
        assert report["findings"], name
        assert all(each["member"] and each["text"]
                   for each in report["findings"]), name


def forged(archive: Archive) -> Archive:
    """`complete` turned round, the length of the text kept."""
    text = archive.manifest_text()
    said, lie = ((b'"complete":true', b'"complete":false')
                 if b'"complete":true' in text
                 else (b'"complete":false', b'"complete":true '))
    changed = text.replace(said, lie)
    if len(changed) > len(text):  # a blank less elsewhere
        changed = changed.replace(b'"writer":"tidemark', b'"writer":"tidemar')
    return archive.with_manifest(changed)


def test_contract_9_a_forged_manifest_is_found(tidemark: Any, tmp_path: Path,
                                               whole: bytes) -> None:
    archive = Archive.parse(whole)
    changed = forged(archive)
    assert changed.manifest()["complete"] != archive.manifest()["complete"]
    for name, content in (("old seal", changed.build(archive.seal())),
                          ("new seal", changed.build())):
        path = tmp_path / "forged.tar.zst"
        path.write_bytes(content)
        (report,) = reports(tidemark, [path])
        members = [each["member"] for each in report["findings"]]
        # Sealed anew, the counts of holes still tell.
        assert members == ["MANIFEST.json" if name == "old seal"
                           else "content"]
        tidemark("show", path, status=20)


def test_contract_9_a_snapshot_that_is_not_its_keys_is_found(
        tidemark: Any, repo: Path) -> None:
    """An archive of a partial snapshot, whole in itself, under the key of a
    complete one: the seal was made again, and the key disagrees."""
    content = (GOLDEN / "v1-everything.tar.zst").read_bytes()
    manifest = Archive.parse(content).manifest()
    assert manifest["complete"] is False
    folder = repo / "snapshots" / str(manifest["cluster_id"]) / "2025/11/25"
    folder.mkdir(parents=True)
    key = (f"20251125T140500123Z-{manifest['id']}-20251125T140501013Z-%s-"
           f"{manifest['selection_hash']}.tar.zst")
    (folder / (key % "p")).write_bytes(content)
    tidemark("verify", "-r", repo)
    (folder / (key % "p")).rename(folder / (key % "c"))
    told = tidemark("verify", "-r", repo, status=20)
    assert "MANIFEST.json" in told.out
    tidemark("show", "-r", repo, str(manifest["id"]), status=20)


def test_a_part_of_the_snapshots_is_read(tidemark: Any, repo: Path) -> None:
    """The others are seen in the listing only, and that is said."""
    content = (GOLDEN / "v1-basic.tar.zst").read_bytes()
    made = Archive.parse(content)
    text = made.manifest_text().decode()
    manifest = made.manifest()
    start = int(manifest["captures"][0]["start"])  # type: ignore[index]
    end = int(manifest["captures"][0]["end"])  # type: ignore[index]

    def stamp(ms: int) -> str:
        return time.strftime("%Y%m%dT%H%M%S",
                             time.gmtime(ms // 1000)) + f"{ms % 1000:03}Z"

    folder = (repo / "snapshots" / str(manifest["cluster_id"])
              / time.strftime("%Y/%m/%d", time.gmtime(start // 1000)))
    folder.mkdir(parents=True)
    for number in range(20):
        own = f"{number * 0x0765432112345678 % 2**64:016x}"
        changed = made.with_manifest(
            text.replace(str(manifest["id"]), own).encode())
        (folder / (f"{stamp(start)}-{own}-{stamp(end)}-c-"
                   f"{manifest['selection_hash']}.tar.zst")
         ).write_bytes(changed.build())
    assert "20 whole, 0 damaged\n" in tidemark("verify", "-r", repo).out

    def read(subset: str) -> list[str]:
        lines = tidemark("verify", "-r", repo, "--read-data-subset", subset,
                         "--json").jsonl()
        assert lines[-1] == {"kind": "summary", "snapshots": 20,
                             "read": len(lines) - 1, "whole": len(lines) - 1,
                             "damaged": 0}
        return [each["id"] for each in lines[:-1]]

    assert len(read("10%")) == 2 and len(read("1%")) == 1
    assert len(read("11%")) == 3 and len(read("100%")) == 20
    assert len({tuple(read("25%")) for _ in range(20)}) > 1
    parts = [read(f"{part}/3") for part in (1, 2, 3)]
    assert parts[1] == read("2/3")
    assert sorted(sum(parts, [])) == sorted(read("100%"))
    told = tidemark("verify", "-r", repo, "--read-data-subset", "10%").out
    assert "18 of 20 snapshots were not read" in told
    for bad in ("0%", "101%", "abc", "1/0", "0/3", "4/3", "1/2/3", "-1%", "",
                "10", "1.5%", "10%%"):
        tidemark("verify", "-r", repo, "--read-data-subset", bad, status=2)
    tidemark("verify", "-r", repo, "--read-data-subset", "5%", "latest",
             status=2)


# Salvage

def salvaged(tidemark: Any, path: Path, status: int,
             *more: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {
        kind: [] for kind in ("snapshot", "group", "position", "hole", "gone",
                              "row", "lost")}
    for line in tidemark("show", "--salvage", "--json", path, *more,
                         status=status).jsonl():
        found[line["kind"]].append(line)
    return found


def rows(found: dict[str, list[Any]]) -> set[str]:
    """Positions without what topics/ adds to them."""
    return {json.dumps({name: value for name, value in each.items()
                        if not name.startswith("log_")}, sort_keys=True)
            for each in found["position"]}


def test_salvage_of_a_whole_archive_is_the_archive(
        tidemark: Any, tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "whole.tar.zst"
    path.write_bytes(whole)
    plain = tidemark("show", "--json", path).jsonl()
    assert tidemark("show", "--json", "--salvage", path).jsonl() == plain
    assert tidemark("show", "--salvage", path).out == \
        tidemark("show", path).out


def test_salvage_never_shows_what_was_not_there(
        tidemark: Any, tmp_path: Path, whole: bytes) -> None:
    archive, rng = Archive.parse(whole), random.Random(5)
    path = tmp_path / "damaged.tar.zst"
    path.write_bytes(whole)
    right = rows(salvaged(tidemark, path, 0))
    all_rows = sorted(subprocess.run(
        ["tar", "--zstd", "-xOf", path, "offsets/00000.csv"], check=True,
        capture_output=True).stdout.decode().rstrip("\n").split("\n"))
    at = 0
    for frame, name in zip(archive.frames, archive.names, strict=True):
        changed = bytearray(whole)
        changed[at + rng.randrange(len(frame))] ^= 1 << rng.randrange(8)
        at += len(frame)
        path.write_bytes(changed)
        found = salvaged(tidemark, path, 20)
        assert rows(found) <= right
        assert name in {each["member"] for each in found["lost"]}
        # All that is not in the damaged member is there.
        if not name.startswith("groups/"):
            assert rows(found) == right
        # The numbers stand in the archive twice.
        assert (name.startswith("groups/") ==
                (sorted(each["csv"] for each in found["row"]) == all_rows)
                and (name.startswith("groups/") or not found["row"]))
        assert bool(found["snapshot"]) == (name != "MANIFEST.json")
    for size in range(0, len(whole), max(1, len(whole) // 23)):
        path.write_bytes(whole[:size])
        found = salvaged(tidemark, path, 20)
        assert rows(found) <= right
        assert found["lost"] or size < len(archive.frames[0])


def test_salvage_reads_behind_a_damaged_place(tidemark: Any,
                                              tmp_path: Path) -> None:
    """Seek table, seal and the header of a frame in the middle are gone."""
    whole = (GOLDEN / "v1-everything.tar.zst").read_bytes()
    archive = Archive.parse(whole)
    path = tmp_path / "damaged.tar.zst"
    path.write_bytes(whole)
    right = rows(salvaged(tidemark, path, 0))
    topics = archive.names.index("topics/00000.jsonl")
    at = sum(map(len, archive.frames[:topics]))
    changed = bytearray(b"".join(archive.frames))
    changed[at:at + 12] = bytes(12)
    path.write_bytes(changed)
    found = salvaged(tidemark, path, 20)
    assert rows(found) == right
    assert not any("log_end" in each for each in found["position"])
    only = salvaged(tidemark, path, 20, "--group", "plain-group")
    assert rows(only) == {each for each in right
                          if json.loads(each).get("group") == "plain-group"}
    path.write_bytes(bytes(5000))
    assert not rows(salvaged(tidemark, path, 20))


def test_a_damaged_seek_table_keeps_nobody_from_the_rest(
        tidemark: Any, tmp_path: Path, whole: bytes) -> None:
    archive, path = Archive.parse(whole), tmp_path / "damaged.tar.zst"
    path.write_bytes(whole)
    right = tidemark("show", "--json", path).out
    changed = bytearray(whole)
    changed[-20] ^= 1
    for content in (bytes(changed), whole[:-len(archive.table())],
                    whole[:-3]):
        path.write_bytes(content)
        told = tidemark("show", "--json", path)
        assert told.out == right
        assert "seek table" in told.err
        tidemark("verify", path, status=20)


# Limits

def refused(path: Path, *words: str) -> None:
    """Within 600 MB of address space and a few seconds of the processor."""
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (600 << 20, 600 << 20))
        resource.setrlimit(resource.RLIMIT_CPU, (5, 5))

    done = subprocess.run([program(), *words, path], capture_output=True,
                          text=True, check=False, preexec_fn=limit)
    assert done.returncode == 20, (words, done.stdout + done.stderr)


def test_contract_10_eight_gigabytes_in_a_small_file_are_refused(
        tmp_path: Path) -> None:
    """As one frame, and as many with a table and a seal."""
    path = tmp_path / "bomb.tar.zst"
    # RFC 8878: a frame of 65,536 blocks, each one byte repeated 128 Ki times.
    block = struct.pack("<I", 1 << 1 | (128 << 10) << 3)[:3] + b"\0"
    bomb = (b"\x28\xb5\x2f\xfd\xc0\x50" + struct.pack("<Q", 8 << 30)
            + block * 65535 + bytes([block[0] | 1]) + block[1:])
    path.write_bytes(bomb)
    listed = subprocess.run(["zstd", "-lv", path], check=True, text=True,
                            capture_output=True).stdout
    assert "8.00 GiB" in listed
    part = subprocess.run(["zstd", "-q", "-1", "--check", "--stream-size=8388608",
                           "-c"], input=bytes(8 << 20), check=True,
                          capture_output=True).stdout
    many = Archive([part] * 1024, ["zeroes"] * 1024, [8 << 20] * 1024)
    for content in (bomb, many.build(), many.build(b"\0" * 80)):
        path.write_bytes(content)
        for words in (["verify"], ["show"], ["show", "--salvage"]):
            refused(path, *words)
