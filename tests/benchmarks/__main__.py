"""`make bench`: run every benchmark, print `name<TAB>value<TAB>unit`, and write build/bench.json.

`python -m tests.benchmarks schema audit` runs only those that it names.

Belongs here: running and reporting. Not here: what is measured (one module each, listed in BENCHMARKS).
"""

import json
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from orchestration.embedded import EmbeddedServer
from tests.benchmarks import (
    analysts,
    archive,
    audit,
    daemon,
    extract,
    follow,
    idle,
    refresh,
    reports,
    retention,
    schema,
    volume,
)
from tests.benchmarks.figure import Figure

BENCHMARKS: tuple[Callable[[EmbeddedServer], Iterator[Figure]], ...] = (
    refresh.message_to_mart,
    follow.follow,
    idle.nothing_changed,
    daemon.dagster_daemon,
    extract.first_load,
    volume.full_and_changed,
    analysts.analyst_queries,
    reports.report_and_export,
    archive.archive,
    audit.audit,
    retention.forgetting,
    schema.schema,
)


def main() -> None:
    """Measure everything, or what is named, on a server of its own, with the settings that a user gets."""
    named = {benchmark.__name__: benchmark for benchmark in BENCHMARKS}
    unknown = set(sys.argv[1:]) - set(named)
    if unknown:
        sys.exit(f"no benchmark is called {', '.join(sorted(unknown))}: there are {', '.join(named)}")
    # In the background of a shell Ctrl-C is ignored, and so it would be by what a benchmark starts, and waits for.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    figures = []
    with tempfile.TemporaryDirectory(prefix="romashka-bench-") as folder:
        server = EmbeddedServer(Path(folder) / "postgres")
        server.start()
        try:
            for benchmark in [named[name] for name in sys.argv[1:] or named]:
                for figure in benchmark(server):
                    figures.append(figure)
                    sys.stdout.write(f"{figure.name}\t{figure.value:.4g}\t{figure.unit}\n")
                    sys.stdout.flush()
        finally:
            server.stop()
    report = Path("build/bench.json")
    report.parent.mkdir(exist_ok=True)
    report.write_text(json.dumps([figure.as_json() for figure in figures], indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
