"""A run in blocks of the drawn world that stopped before its files were written."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.blockwise import budget_of
from siting.blockwise.alone import judged_blocks
from siting.blockwise.run import _setting
from siting.blockwise.setting import Setting
from siting.blockwise.together import Together
from siting.blockwise.whole import whole_of
from siting.engine import Store
from siting.evaluate import Silence
from siting.study import read_study
from siting.supply import Supply


@pytest.fixture(scope="module")
def setting(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Setting:
    folder = tmp_path_factory.mktemp("blocks")
    return _setting(
        read_study(world), data=None, folder=folder, store=Store(folder / "store"), budget=budget_of("1GB"),
        steps=Silence(), workers=1, size=9, supply=Supply(),
    )  # fmt: skip


@pytest.fixture(scope="module")
def together(setting: Setting) -> Together:
    judged = judged_blocks(setting, {}, "")
    return Together(setting=setting, blocks=judged, whole=whole_of(setting, judged), summaries={})
