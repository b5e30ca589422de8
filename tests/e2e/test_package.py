"""The Debian package: what is in it, and its life in a fresh chroot."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bed.cluster import Cluster
from conftest import TREE, program

VERSION = (TREE / "VERSION").read_text().strip()
CONF = "etc/tidemark/tidemark.conf"

pytestmark = pytest.mark.skipif(not shutil.which("dpkg-shlibdeps"),
                                reason="there is no dpkg-dev")


def run(*words: Any, **options: Any) -> str:
    done = subprocess.run([str(each) for each in words], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, **options)
    assert done.returncode == 0, f"{words}\n{done.stdout}"
    return done.stdout


def make_deb(build: Path) -> Path:
    """The package of the program under test."""
    build.mkdir()
    (build / "tidemark").symlink_to(program())
    run("scripts/make-deb", build, VERSION, cwd=TREE)
    [package] = build.glob("*.deb")
    return package


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_deb(tmp_path_factory.mktemp("deb") / "build")


@pytest.fixture(scope="module")
def content(package: Path) -> Path:
    """Its files, unpacked."""
    root = package.parent / "content"
    run("dpkg-deb", "--raw-extract", package, root)
    return root


def test_the_package_says_what_it_needs(package: Path) -> None:
    told = run("dpkg-deb", "--info", package)
    assert f"\n Package: tidemark\n Version: {VERSION}-1\n" in told
    needs = re.search(r"^ Depends: (.*)$", told, re.M)
    assert needs is not None
    for name in ("adduser", "libc6", "libarchive13", "libcurl"):
        assert name in needs[1]


def test_the_package_has_its_files(package: Path, content: Path) -> None:
    listed = run("dpkg-deb", "--contents", package)
    for mode, place in (
            ("-rwxr-xr-x", "usr/bin/tidemark"), ("-rw-r-----", CONF),
            ("-rw-r--r--", "lib/systemd/system/tidemark-snapshot.timer"),
            ("-rw-r--r--", "lib/systemd/system/tidemark-snapshot.service"),
            ("-rw-r--r--", "lib/systemd/system/tidemark-agent.service"),
            ("-rw-r--r--",
             "usr/share/bash-completion/completions/tidemark"),
            ("-rw-r--r--", "usr/share/zsh/vendor-completions/_tidemark"),
            ("-rw-r--r--",
             "usr/share/fish/vendor_completions.d/tidemark.fish"),
            ("-rw-r--r--", "usr/share/doc/tidemark/copyright")):
        assert re.search(rf"^{mode} root/root .* \./{place}$", listed,
                         re.M), place
    assert (content / "DEBIAN/conffiles").read_text() == f"/{CONF}\n"
    assert (content / CONF).read_text() == (
        TREE / "deploy/tidemark.conf").read_text()
    page = gzip.decompress(
        (content / "usr/share/man/man1/tidemark.1.gz").read_bytes())
    assert page.startswith(b".TH TIDEMARK 1")
    run("md5sum", "--check", "--quiet", "DEBIAN/md5sums", cwd=content)


def test_the_package_enables_nothing(content: Path) -> None:
    scripts = "".join((content / "DEBIAN" / name).read_text()
                      for name in ("postinst", "prerm", "postrm"))
    assert not re.search(r"systemctl.* enable\b", scripts)
    for name in ("postinst", "prerm", "postrm"):
        run("sh", "-n", content / "DEBIAN" / name)


@pytest.mark.skipif(not shutil.which("man"), reason="there is no man")
def test_man_takes_the_page(content: Path) -> None:
    told = run("man", "--warnings", "-l",
               content / "usr/share/man/man1/tidemark.1.gz",
               env=dict(os.environ, LC_ALL="C.UTF-8", MANWIDTH="80",
                        MANPAGER="cat"))
    assert "tidemark snapshot" in told or "snapshot" in told
    assert "warning:" not in told


def test_the_same_program_makes_the_same_package(
        package: Path, tmp_path: Path) -> None:
    again = make_deb(tmp_path / "build")
    assert again.read_bytes() == package.read_bytes()


@pytest.mark.skipif(not shutil.which("lintian"), reason="there is no lintian")
def test_lintian_finds_no_error(package: Path) -> None:
    """But for who made it, which the tests do not say."""
    run("lintian", "--fail-on", "error", "--allow-root", "--suppress-tags",
        "bogus-mail-host,bogus-mail-host-in-debian-changelog,root-in-contact",
        package)


# In a chroot

class Chroot:
    """A Debian with nothing in it, of the release that runs here."""

    def __init__(self, root: Path, include: str = "") -> None:
        self.root = root
        release = dict(line.split("=", 1) for line in Path(
            "/etc/os-release").read_text().splitlines() if "=" in line)
        run("mmdebstrap", "--variant=minbase", f"--include=ca-certificates{include}",
            release["VERSION_CODENAME"].strip('"'), root)
        # What lets this machine's apt work lets the chroot's work.
        for path in Path("/etc/apt/apt.conf.d").iterdir():
            target = root / "etc/apt/apt.conf.d" / path.name
            if not target.exists():
                shutil.copy(path, target)
        for name in ("resolv.conf", "hosts"):
            shutil.copy(f"/etc/{name}", root / "etc" / name)

    def __call__(self, *words: Any, user: str = "root") -> str:
        """In a mount namespace of its own, so that nothing stays mounted."""
        inside = ["/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                  "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive",
                  *([] if user == "root" else ["runuser", "-u", user, "--"]),
                  *map(str, words)]
        return run("unshare", "--mount", "--pid", "--fork", "sh", "-c",
                   'mount -t proc proc "$1/proc" 2>/dev/null || '
                   'mount --bind /proc "$1/proc"; '
                   'mount --rbind /dev "$1/dev"; '
                   'root=$1; shift; exec chroot "$root" "$@"', "sh",
                   self.root, *inside)

    def owner(self, place: str) -> str:
        return self("stat", "--format=%U:%G %a", f"/{place}").strip()


def need(*programs: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("a chroot needs root")
    for each in programs:
        if not shutil.which(each):
            pytest.skip(f"there is no {each}")


@pytest.fixture
def chroot(tmp_path: Path) -> Iterator[Chroot]:
    need("mmdebstrap")
    yield Chroot(tmp_path / "root")
    shutil.rmtree(tmp_path / "root")


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Chroot]:
    """One that systemd can be started in."""
    need("mmdebstrap", "systemd-nspawn")
    yield Chroot(tmp_path / "root", ",systemd,systemd-sysv,dbus")
    shutil.rmtree(tmp_path / "root")


def install(chroot: Chroot, package: Path) -> None:
    shutil.copy(package, chroot.root / "root")
    chroot("apt-get", "update", "-q")
    chroot("apt-get", "install", "-y", "-q", "--no-install-recommends",
           f"/root/{package.name}")


def line_of_unit(chroot: Chroot) -> list[str]:
    unit = chroot.root / "lib/systemd/system/tidemark-snapshot.service"
    [line] = re.findall(r"^ExecStart=(.*)$", unit.read_text(), re.M)
    return line.split()


@pytest.mark.long
@pytest.mark.timeout(900)
def test_the_package_installs_works_and_goes(
        package: Path, chroot: Chroot, broker_44: Cluster) -> None:
    """A snapshot by the line that the timer runs, as the user of the unit."""
    driver = broker_44.driver
    driver.create_topic("orders-deb", 1)
    driver.produce("orders-deb", 0, 10)
    driver.commit("packaged", {("orders-deb", 0): 7})
    install(chroot, package)

    assert chroot("tidemark", "--version", user="tidemark").startswith(
        f"tidemark {VERSION}\n")
    assert chroot.owner("etc/tidemark") == "root:tidemark 750"
    assert chroot.owner(CONF) == "root:tidemark 640"
    assert chroot.owner("var/lib/tidemark") == "tidemark:tidemark 700"
    wants = chroot.root / "etc/systemd/system/timers.target.wants"
    assert not wants.exists() or "tidemark-snapshot.timer" not in os.listdir(
        wants)

    conf = chroot.root / CONF
    conf.write_text(conf.read_text().replace(
        "localhost:9092", broker_44.bootstrap))
    assert chroot.owner(CONF) == "root:tidemark 640"
    chroot("tidemark", "init", "--config", f"/{CONF}", user="tidemark")
    chroot(*line_of_unit(chroot), user="tidemark")
    told = chroot("tidemark", "show", "latest", "--config", f"/{CONF}",
                  "--json", user="tidemark")
    assert json.loads(told.splitlines()[0])
    assert '"packaged"' in told
    assert chroot.owner("var/lib/tidemark/repository") == (
        "tidemark:tidemark 700")

    # Again over itself: what was changed in the configuration stays.
    chroot("dpkg", "--install", f"/root/{package.name}")
    assert broker_44.bootstrap in conf.read_text()

    chroot("apt-get", "remove", "-y", "-q", "tidemark")
    assert not (chroot.root / "usr/bin/tidemark").exists()
    assert conf.exists()
    told = chroot("apt-get", "purge", "-y", "-q", "tidemark")
    assert "/var/lib/tidemark is not empty and stays" in told
    assert not conf.exists() and not conf.parent.exists()
    assert (chroot.root / "var/lib/tidemark/repository/snapshots").is_dir()

    # Without a repository nothing is left but the user.
    (chroot.root / "var/cache/tidemark").mkdir()  # as systemd makes it
    shutil.rmtree(chroot.root / "var/lib/tidemark/repository")
    chroot("dpkg", "--install", f"/root/{package.name}")
    told = chroot("apt-get", "purge", "-y", "-q", "tidemark")
    assert "not empty" not in told
    assert not (chroot.root / "var/lib/tidemark").exists()
    left = chroot("find", "/", "-xdev", "-name", "*tidemark*", "-not",
                  "-path", "/proc/*", "-not", "-path", "/root/*")
    assert left == ""
    assert chroot("getent", "passwd", "tidemark")


# In the machine: the timer fires at once, and what its service did is told in
# lines of the file.  Then the same with a cluster that is not there.
PROBE = """\
finished() {
	for try in $(seq 300); do
		state=$(systemctl show -P ActiveState tidemark-snapshot.service)
		began=$(systemctl show -P ExecMainStartTimestamp \\
			tidemark-snapshot.service)
		[ -n "$began" ] && [ "$state" != activating ] && break
		sleep 0.1
	done
	systemctl show -p Result -p ExecMainStatus -p ActiveState \\
		tidemark-snapshot.service
	journalctl -u tidemark-snapshot.service --no-pager
}
runuser -u tidemark -- tidemark init --config /etc/tidemark/tidemark.conf
systemctl is-enabled tidemark-snapshot.timer tidemark-agent.service
systemctl enable --now tidemark-snapshot.timer
finished
echo agent
systemctl start tidemark-agent.service && systemctl is-active tidemark-agent
systemctl reload tidemark-agent.service && systemctl is-active tidemark-agent
for try in $(seq 300); do
	[ "$(find /var/lib/tidemark -name '*.tar.zst' | wc -l)" -ge 2 ] && break
	systemctl kill --kill-who=main --signal=USR1 tidemark-agent.service
	sleep 0.1
done
systemctl stop tidemark-agent.service
systemctl show -p Result -p ExecMainStatus tidemark-agent.service
journalctl -u tidemark-agent.service --no-pager
echo next
sed -i 's/^bootstrap.servers = .*/bootstrap.servers = 127.0.0.1:1/' \\
	/etc/tidemark/tidemark.conf
systemctl start tidemark-snapshot.service || echo "not started"
finished
dpkg --purge tidemark
ls /etc/systemd/system/timers.target.wants
systemctl poweroff
"""

PROBE_UNIT = """\
[Unit]
After=basic.target
[Service]
Type=oneshot
ExecStart=/bin/sh /root/probe.sh
StandardOutput=file:/root/probe.log
StandardError=inherit
"""


@pytest.mark.long
@pytest.mark.timeout(900)
def test_the_units_work_under_systemd(
        package: Path, machine: Chroot, broker_44: Cluster) -> None:
    """With all that they are not allowed to do."""
    root, driver = machine.root, broker_44.driver
    driver.create_topic("orders-unit", 1)
    driver.produce("orders-unit", 0, 10)
    driver.commit("timed", {("orders-unit", 0): 7})
    install(machine, package)
    conf = root / CONF
    conf.write_text(conf.read_text().replace(
        "localhost:9092", broker_44.bootstrap).replace(
        "#metrics-file =", "metrics-file =").replace(
        "#timeout = 60s", "timeout = 10s"))
    system = root / "etc/systemd/system"
    (root / "root/probe.sh").write_text(PROBE)
    (system / "probe.service").write_text(PROBE_UNIT)
    (system / "multi-user.target.wants").mkdir(exist_ok=True)
    (system / "multi-user.target.wants/probe.service").symlink_to(
        "../probe.service")
    (system / "default.target").symlink_to(
        "/lib/systemd/system/multi-user.target")
    (system / "tidemark-snapshot.timer.d").mkdir()
    (system / "tidemark-snapshot.timer.d/now.conf").write_text(
        "[Timer]\nOnActiveSec=0\nRandomizedDelaySec=0\nAccuracySec=1ms\n")
    booted = subprocess.run(
        ["systemd-nspawn", "--quiet", "--directory", root, "--boot",
         "--register=no", "--keep-unit", "--console=pipe"], text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=300, check=False)
    log = root / "root/probe.log"
    if not log.exists():
        pytest.skip(f"systemd does not boot here: {booted.stdout[-500:]}")
    told = log.read_text()
    good, bad = told.split("\nnext\n")
    good, agent = good.split("\nagent\n")
    assert "disabled\ndisabled\n" in good, told
    assert "Result=success\nExecMainStatus=0\n" in good, told
    assert "complete in scope cluster" in good, told
    assert agent.startswith("active\nactive\nResult=success\n"
                            "ExecMainStatus=0\n"), told
    assert "Started tidemark-agent.service" in agent, told
    assert "Result=exit-code\nExecMainStatus=1\nActiveState=failed" in bad, told
    assert "not started" in bad and "tidemark-snapshot.timer" not in (
        bad.split("is not empty and stays\n")[1]), told
    assert len(list((root / "var/lib/tidemark/repository/snapshots").rglob(
        "*.tar.zst"))) == 2  # of the timer, and of the agent
