"""The findings of an audit as they become known, without a loop: threads are crossed once for all that a rule found."""

from collections.abc import Generator
from types import TracebackType
from typing import Self

from fivetran_async.audit.findings import Finding
from fivetran_async.audit.report import AuditReport
from fivetran_async.audit.streaming import Findings as AsyncFindings
from fivetran_sync._bridge import Stream

__all__ = ["Findings"]


class Findings:
    """The findings of one audit, each as soon as all that its rule needs was read; may be iterated once.

    ```python
    findings = stream(ft, deep=True)
    for finding in findings:
        print(finding.severity, finding.rule, finding.name, finding.reason)
    print(findings.report.incomplete)
    ```

    They come rule by rule, not worst first: that is how `report` has them. Leaving the loop, by `break` too, ends the
    audit; as a context manager it does so at once.
    """

    def __init__(self, twin: AsyncFindings) -> None:
        """Stand for asyncio findings; nothing is sent before the first one is asked for."""
        self._async = twin
        self._stream: Stream[tuple[Finding, ...]] | None = None

    @property
    def report(self) -> AuditReport:
        """The report, once all findings were iterated over.

        Raises:
            ArgumentError: They were not.
        """
        return self._async.report

    def __iter__(self) -> Generator[Finding, None, None]:
        self._stream = stream = Stream(self._async.batches())
        try:
            while (batch := stream.next()) is not None:
                yield from batch
        finally:
            stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the audit, if it still runs."""
        if self._stream is not None:
            self._stream.close()
