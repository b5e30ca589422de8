"""The soak, three minutes of it; `make soak` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bed import s3dist
from bed.cluster import Cluster
from bed.s3 import VersityGw
from conftest import NEW, program
from soak.run import Options, Soak

SECONDS = 150.0
SEED = 1


@pytest.mark.timeout(360)
def test_every_answer_is_right_after_minutes_of_trouble(
        _prepared: None, tmp_path: Path) -> None:
    """Brokers stopped, killed and frozen in turn, the agent killed, the store
    away; then a thousand times T for each of 300 groups."""
    if s3dist.versitygw() is None:
        pytest.skip("versitygw needs Go 1.25 or newer")
    options = Options(program(), tmp_path / "soak", SECONDS, SEED)
    with Cluster(NEW, 3) as cluster, VersityGw() as server:
        soak = Soak(options, cluster, server)  # type: ignore[arg-type]
        print(soak.run())
    seen = {(each.who, each.what) for each in soak.log.troubles}
    assert seen == {("broker", "stop"), ("broker", "kill"),
                    ("broker", "freeze"), ("agent", "kill"),
                    ("store", "away")}
