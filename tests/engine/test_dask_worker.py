"""What a worker does with what it is sent; here without any cluster."""

from __future__ import annotations

import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from siting.engine import dask_worker
from siting.engine.dask_worker import Absent, Carrier, Differs, pin_threads, ready, work_on
from siting.engine.sealed import Sealed, sealed
from siting.engine.versions import installed
from tests.engine.dask_parts import slow_product

OPENED: list[Any] = []


def opening(context: Any) -> None:
    OPENED.append(context)


@pytest.fixture
def carrier(monkeypatch: pytest.MonkeyPatch) -> Carrier:
    OPENED.clear()
    carrier = Carrier("siting-1", sealed(pickle.dumps((opening, 7.0))))
    worker = SimpleNamespace(address="tcp://10.0.0.6:4000", plugins={"siting-1": carrier})
    monkeypatch.setattr(dask_worker, "get_worker", lambda: worker)
    return carrier


def test_a_part_is_worked_on_with_what_was_carried(carrier: Carrier) -> None:
    assert work_on("siting-1", installed(), slow_product, pickle.dumps(6)) == 42


def test_it_is_opened_once_whatever_the_threads(carrier: Carrier) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: (carrier.open(), carrier.context), range(50)))
    assert found == [(True, 7.0)] * 50
    assert OPENED == [7.0]


def test_it_travels_unopened(carrier: Carrier) -> None:
    copy = pickle.loads(pickle.dumps(carrier))
    assert OPENED == []
    assert copy.name == "siting-1"
    assert copy.open()
    assert copy.context == 7.0


def test_ready_opens_it(carrier: Carrier) -> None:
    assert ready("siting-1", installed()) is None
    assert OPENED == [7.0]


def test_other_versions_are_said_before_anything_is_opened(carrier: Carrier) -> None:
    here = {**installed(), "GEOS": "0.1"}
    answer = Differs("tcp://10.0.0.6:4000", f"GEOS {installed()['GEOS']} (here 0.1)")
    assert ready("siting-1", here) == answer
    assert work_on("siting-1", here, slow_product, b"") == answer
    assert OPENED == []


def test_what_did_not_arrive_is_said(carrier: Carrier) -> None:
    assert ready("siting-2", installed()) == Absent("tcp://10.0.0.6:4000")
    assert work_on("siting-2", installed(), slow_product, b"") == Absent("tcp://10.0.0.6:4000")


def test_a_worker_that_does_not_see_where_it_lies_says_so(carrier: Carrier, tmp_path: Path) -> None:
    carrier._packed = Sealed(sha256="0" * 64, place=str(tmp_path / "elsewhere"))
    assert ready("siting-1", installed()) == Absent("tcp://10.0.0.6:4000")
    assert OPENED == []


def test_threads_of_libraries_are_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    before = pa.cpu_count()
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("GDAL_NUM_THREADS", raising=False)
    try:
        pin_threads()
        assert pa.cpu_count() == 1
        assert os.environ["OMP_NUM_THREADS"] == "3"  # what somebody has chosen stays
        assert os.environ["GDAL_NUM_THREADS"] == "1"
    finally:
        pa.set_cpu_count(before)
        for name in ("MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "GDAL_NUM_THREADS"):
            monkeypatch.setenv(name, "")
