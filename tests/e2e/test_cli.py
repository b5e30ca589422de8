"""The command line without a broker: help, errors, exit statuses, output."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bed.wait import wait_for
from conftest import TREE, program

COMMANDS = ["init", "snapshot", "list", "show", "diff", "verify", "plan",
            "apply", "restore", "rescue freeze", "rescue thaw", "config",
            "help", "completion"]


def test_an_unknown_command_gets_the_nearest_one(tidemark: Any) -> None:
    told = tidemark("snapshoot", status=2)
    assert "did you mean 'tidemark snapshot'?" in told.err
    assert tidemark(status=2).err.startswith("tidemark: no command")


def test_an_unknown_option_gets_the_nearest_one(tidemark: Any) -> None:
    assert "did you mean --repo?" in tidemark("list", "--rpeo", "x",
                                              status=2).err


def test_a_missing_repository_is_10_with_the_line_to_type(
        tidemark: Any, tmp_path: Path) -> None:
    where = tmp_path / "not there"
    told = tidemark("list", "-r", where, status=10)
    line = next(line for line in told.err.splitlines() if "init" in line)
    subprocess.run(line.replace("tidemark init", f"{program()} init").strip(),
                   shell=True, check=True, capture_output=True)
    tidemark("list", "-r", where)


def test_version_names_the_libraries(tidemark: Any) -> None:
    told = tidemark("--version").out
    for name in ("tidemark 0.", "librdkafka 2.", "zstd", "libarchive",
                 "jansson", "OpenSSL"):
        assert name in told
    assert tidemark("--version", "--json").json()["librdkafka"] >= "2.14"


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(tidemark: Any, command: str) -> None:
    words = command.split()
    told = tidemark("help", *words).out
    assert told.startswith(f"usage: tidemark {command}")
    assert tidemark(*words, "--help").out == told
    assert tidemark("--help", *words).out == told
    assert all(len(line) <= 79 for line in told.splitlines())


def test_the_first_word_of_two_tells_the_second(tidemark: Any) -> None:
    told = tidemark("rescue", status=2)
    assert "freeze, thaw" in told.err and told.out == ""
    told = tidemark("rescue", "--help").out
    assert told.startswith("usage: tidemark rescue COMMAND")
    assert "\n  rescue freeze " in told and "\n  rescue thaw " in told
    assert tidemark("help", "rescue").out == told
    assert "did you mean 'tidemark rescue freeze'?" in tidemark(
        "rescue", "-q", "frezee", status=2).err
    assert "rescue thaw takes no --at" in tidemark(
        "rescue", "--at", "now", "thaw", status=2).err
    tidemark("help", "rescue", "bogus", status=2)
    tidemark("help", "list", "show", status=2)


COMPLETIONS = [
    ("", {"list", "rescue", "--help"}, {"freeze", "rescue freeze"}),
    ("rescue", {"list", "thaw", "--help"}, {"diff", "--execute"}),
    ("-q rescue", {"list", "thaw"}, {"diff"}),
    ("rescue freeze", {"--execute", "--record"}, {"freeze", "--at"}),
    ("rescue -b x:1 thaw", {"--execute", "--record"}, {"freeze", "--at"}),
    ("list", {"--at", "--restores"}, {"--execute", "freeze"})]


@pytest.mark.parametrize(("line", "wanted", "unwanted"), COMPLETIONS)
def test_bash_completes_both_words(tidemark: Any, line: str,
                                   wanted: set[str],
                                   unwanted: set[str]) -> None:
    words = ["tidemark", *line.split(), ""]
    script = tidemark("completion", "bash").out + (
        f"\nCOMP_WORDS=({' '.join(words[:-1])} '')\n"
        f"COMP_CWORD={len(words) - 1}\n_tidemark\n"
        "printf '%s\\n' \"${COMPREPLY[@]}\"\n")
    told = set(subprocess.run(["bash"], input=script, text=True, check=True,
                              capture_output=True).stdout.splitlines())
    assert wanted <= told and not unwanted & told


@pytest.mark.skipif(not shutil.which("zsh"), reason="there is no zsh")
@pytest.mark.parametrize(("line", "wanted", "unwanted"), COMPLETIONS)
def test_zsh_completes_both_words(tidemark: Any, line: str,
                                  wanted: set[str],
                                  unwanted: set[str]) -> None:
    """The function as it stands, with what zsh would give it and get."""
    words = line.split()
    script = ("compdef() { :; }\n_files() { :; }\n"
              "_describe() { print -rl -- \"${(@P)@[-1]}\"; }\n"
              + tidemark("completion", "zsh").out
              + f"CURRENT={len(words) + 2}\n"
              f"words=(tidemark {' '.join(words)} ''); _tidemark\n"
              f"words=(tidemark {' '.join(words)} -); _tidemark\n")
    told = subprocess.run(["zsh", "-f"], input=script, text=True, check=True,
                          capture_output=True)
    found = {each.split(":")[0] for each in told.stdout.splitlines()}
    assert told.stderr == ""
    assert wanted - {"--help"} <= found and not unwanted & found
    assert all(":" in each for each in told.stdout.splitlines())


@pytest.mark.skipif(not shutil.which("fish"), reason="there is no fish")
@pytest.mark.parametrize(("line", "wanted", "unwanted"), COMPLETIONS)
def test_fish_itself_completes_both_words(tidemark: Any, tmp_path: Path,
                                          line: str, wanted: set[str],
                                          unwanted: set[str]) -> None:
    script = tmp_path / "tidemark.fish"
    script.write_text(tidemark("completion", "fish").out)
    found: set[str] = set()
    for end in ("", "-"):  # words, and options
        told = subprocess.run(
            ["fish", "-N", "-c", f"source {script}; "
             f"complete -C 'tidemark {line + ' ' if line else ''}{end}'"],
            text=True, check=True, capture_output=True, cwd=tmp_path,
            env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"})
        assert told.stderr == ""
        found |= {each.split("\t")[0] for each in told.stdout.splitlines()}
    assert wanted - {"--help"} <= found and not unwanted & found


def test_fish_completes_both_words(tidemark: Any) -> None:
    """An option of a plain command is not one of rescue's."""
    told = tidemark("completion", "fish").out.splitlines()
    assert any(" -n __fish_use_subcommand -a rescue " in line for line in told)
    assert not any(" -a 'rescue freeze'" in line for line in told)
    [freeze] = [line for line in told if " -a freeze " in line]
    assert "-n '__fish_seen_subcommand_from rescue; and not " in freeze
    seen = {line.split("'")[1] for line in told if " -l restores" in line}
    assert seen == {"__fish_seen_subcommand_from list; and not "
                    "__fish_seen_subcommand_from rescue"}
    assert any("'__fish_seen_subcommand_from rescue; and "
               "__fish_seen_subcommand_from thaw' -l execute" in line
               for line in told)


def test_the_readme_lists_every_command_and_option(tidemark: Any) -> None:
    readme = (TREE / "README.md").read_text()
    overview = tidemark("--help").out
    for command in COMMANDS:
        assert f"`{command}" in readme, command
        assert re.search(rf"^  {command} ", overview, re.M), command
        for option in re.findall(r"--[a-z-]+",
                                 tidemark("help", *command.split()).out):
            assert option in readme, option
    for variable in set(re.findall(r"TIDEMARK_[A-Z_]+", "".join(
            tidemark("help", *command.split()).out
            for command in COMMANDS))):
        assert variable in readme, variable
    for status in (0, 1, 2, 3, 4, 5, 10, 20, 130):
        assert f"| {status} |" in readme


def test_the_manual_page_and_completions_are_made(tidemark: Any) -> None:
    page = tidemark("help", "man").out
    assert page.startswith(".TH TIDEMARK 1") and ".SH EXIT STATUS" in page
    requests = {line.split()[0] for line in page.splitlines()
                if line.startswith((".", "'"))}
    assert requests <= {".TH", ".SH", ".SS", ".PP", ".TP", ".B", ".nf", ".fi",
                        "."}
    script = tidemark("completion", "bash").out
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    tidemark("completion", "fish")
    assert tidemark("completion", "zsh").out.startswith("#compdef tidemark\n")
    assert "\n.SS config " in page and "\\-\\-show" in page
    tidemark("completion", "tcsh", status=2)


def test_stdout_full_is_a_failure(tidemark: Any) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run([program(), "--help"], stdout=full, check=False,
                              stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert b"stdout" in done.stderr


def test_a_closed_pipe_ends_quietly(tidemark: Any) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{program()} help man | true; echo ${{PIPESTATUS[0]}}"],
        capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.parametrize(("text", "told"), [
    ("[kafka]\nsasl.password = ${NOT_SET}\n", ":2:"),
    ("[repository]\n\nrepoo = x\n", ":3:"),
    ("[kafka]\nbootstrap.serverz = x\n", "bootstrap.server"),
    ("[kafka]\nclient.id = " + "x" * 5000 + "\n", ":2:"),
    ("repo = x\n", ":1:"),
    ("[repository]\nrepo = a\nrepo = b\n", ":3:")])
def test_a_bad_configuration_is_2_with_its_line(
        tidemark: Any, repo: Path, tmp_path: Path, text: str,
        told: str) -> None:
    path = tmp_path / "tidemark.conf"
    path.write_text(text)
    result = tidemark("snapshot", "-r", repo, "-b", "127.0.0.1:1", "--config",
                      path, "--timeout", "2s", status=2)
    assert told in result.err


def test_variables_and_the_file_name_the_repository(
        tidemark: Any, repo: Path, tmp_path: Path) -> None:
    path = tmp_path / "tidemark.conf"
    path.write_text(f"[repository]\nrepo = {repo}\n")
    tidemark("list", env={"TIDEMARK_REPO": str(repo)})
    tidemark("list", "--config", path)
    tidemark("list", env={"TIDEMARK_CONFIG": str(path)})
    tidemark("list", status=2)
    tidemark("list", "--config", tmp_path / "none.conf", status=2)


def test_contract_11_a_secret_in_the_arguments_is_wiped(
        tidemark: Any, repo: Path) -> None:
    """The process hangs on a listener that never answers meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        process = tidemark.start(
            "snapshot", "-r", repo, "-b",
            f"127.0.0.1:{silent.getsockname()[1]}", "-X",
            "sasl.password=hunter2-secret", "--timeout", "20s")
        line = Path(f"/proc/{process.pid}/cmdline")
        wait_for(lambda: b"sasl.password=***" in line.read_bytes(), 10)
        assert b"hunter2" not in line.read_bytes()
        process.terminate()
        out, err = process.communicate(timeout=30)
    assert b"warning" in err and b"hunter2" not in out + err
    assert process.returncode == 130


def test_an_archive_that_is_none_is_20(tidemark: Any, tmp_path: Path) -> None:
    path = tmp_path / "foreign.tar.zst"
    for content in (b"", b"hello", b"\x28\xb5\x2f\xfd" + b"\0" * 600):
        path.write_bytes(content)
        tidemark("verify", path, status=20)
        tidemark("show", path, status=20)
    tidemark("show", tmp_path / "absent.tar.zst", status=1)


def test_init_refuses_what_is_not_empty(tidemark: Any, repo: Path,
                                        tmp_path: Path) -> None:
    tidemark("init", "-r", repo, status=1)
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("precious")
    tidemark("init", "-r", foreign, status=1)
    assert [each.name for each in foreign.iterdir()] == ["thesis.txt"]
    tidemark("init", "-r", tmp_path / "new", "--dry-run")
    assert not (tmp_path / "new").exists()
