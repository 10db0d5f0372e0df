"""The background worker: shortly after events arrive, the days they touch are added up again.

Every server process has one; a lease in the store lets one at a time work. What was accepted is marked in the store
itself, so a crash loses nothing: the next start finds the marks.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from smartshopie_db.errors import StoreError
from smartshopie_db.retention import is_due

if TYPE_CHECKING:
    from smartshopie_db.database import SmartShopieDB

log = logging.getLogger("smartshopie.worker")

PAUSE_SECONDS: Final = 1.0  # between an event and its rollup, so that a burst is one piece of work
POLL_SECONDS: Final = 5.0  # events may also have come in through another process
BACK_OFF_SECONDS: Final = 30.0  # after a defect; a store that was busy is asked again at the next poll


class RollupWorker:
    """Rolls up what is marked, until stopped. `wake()` says that something came in."""

    def __init__(self, db: SmartShopieDB) -> None:
        self._db = db
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rollup", daemon=True)

    def start(self) -> None:
        """Begin with what an earlier run left to do."""
        self._woken.set()
        self._thread.start()

    def wake(self) -> None:
        """Say that events were accepted."""
        self._woken.set()

    def stop(self) -> None:
        """Finish the piece of work in hand, then end."""
        self._stopped.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._woken.wait(POLL_SECONDS)
            self._woken.clear()
            if self._stopped.wait(PAUSE_SECONDS):
                return
            try:
                if self.work_waits():
                    self._db.rollup()
            except StoreError as error:
                log.warning("rollup put off: %s", error)
                self._stopped.wait(POLL_SECONDS)
            except Exception:
                log.exception("rollup failed; it is tried again")
                self._stopped.wait(BACK_OFF_SECONDS)

    def work_waits(self) -> bool:
        """Whether anything is marked as touched or dirty, or a day more is to be frozen."""
        marked = "SELECT EXISTS (SELECT 1 FROM touched) OR EXISTS (SELECT 1 FROM dirty_days)"
        if self._db.engine.read(marked).rows[0][0]:
            return True
        return is_due(self._db.engine, self._db.facts, self._db.settings.retention_days)
