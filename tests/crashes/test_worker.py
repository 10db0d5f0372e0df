"""The worker asks a busy store again soon, and a defect only after a while."""

from __future__ import annotations

import pytest

from smartshopie_db.errors import StoreUnavailable
from smartshopie_db.worker import BACK_OFF_SECONDS, PAUSE_SECONDS, POLL_SECONDS, RollupWorker


class Ended:
    """In place of an event: notes how long the worker would have waited, and ends it after a few times."""

    def __init__(self, times: int) -> None:
        self.waits: list[float] = []
        self._times = times

    def is_set(self) -> bool:
        return len(self.waits) >= self._times

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        return self.is_set()


class Failing:
    """A store whose rollups fail."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def rollup(self) -> None:
        raise self._error


@pytest.mark.parametrize(
    ("error", "pause"),
    [(StoreUnavailable("The store is busy."), POLL_SECONDS), (ValueError("defect"), BACK_OFF_SECONDS)],
)
def test_a_failed_rollup_is_tried_again(error: Exception, pause: float, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = RollupWorker(Failing(error))  # type: ignore[arg-type]
    ended = Ended(times=4)
    monkeypatch.setattr(worker, "_stopped", ended)
    monkeypatch.setattr(worker, "work_waits", lambda: True)
    monkeypatch.setattr(worker, "_woken", Ended(times=0))
    monkeypatch.setattr(worker._woken, "clear", lambda: None, raising=False)
    worker._run()
    assert ended.waits == [PAUSE_SECONDS, pause] * 2
    assert POLL_SECONDS < BACK_OFF_SECONDS
