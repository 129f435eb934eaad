"""Dagster's launcher of runs, which also says whether the process of a run is alive.

Belongs here: what run monitoring asks. Not here: how often it asks (`dagster_home.py`), and launching, which is Dagster's own.
Dagster's default launcher says nothing: a run whose machine lost power stayed "started" for ever, and the sensors waited for
it as long.
"""

import dagster as dg
import grpc
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus

from orchestration import dagster_home

GONE = "the code server that started it is gone"
LIVES = CheckRunHealthResult(WorkerStatus.RUNNING)


class WatchedRunLauncher(dg.DefaultRunLauncher):
    """Launches as the default one does, and tells dead runs from those at work."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Yes."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """A code server ends the runs of its processes that die; without one, nobody does.

        One that is only slow to answer is alive: its run would go on beside the next.
        """
        server = self._get_grpc_client_for_termination(run.run_id)  # type: ignore[no-untyped-call]
        if server is None:
            return self._in_process(run)
        try:
            server.ping("")
        except DagsterUserCodeUnreachableError as error:
            cause = error.__cause__
            if isinstance(cause, grpc.RpcError) and cause.code() is grpc.StatusCode.UNAVAILABLE:
                return CheckRunHealthResult(WorkerStatus.FAILED, GONE)
        return LIVES

    def _in_process(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """A run of `romashka demo`, or one that has ended meanwhile, which monitoring sees for itself."""
        if dagster_home.is_any_in_process(self._instance.root_directory):
            return LIVES
        return CheckRunHealthResult(WorkerStatus.FAILED, "the process that it ran in is gone")
