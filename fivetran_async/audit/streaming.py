"""The findings of an audit as they become known."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from types import TracebackType
from typing import Self

from fivetran_async.audit.findings import Finding
from fivetran_async.audit.report import AuditReport
from fivetran_async.errors import ArgumentError


class Findings:
    """The findings of one audit, each as soon as all that its rule needs was read; may be iterated once.

    ```python
    findings = stream(ft, deep=True)
    async for finding in findings:
        print(finding.severity, finding.rule, finding.name, finding.reason)
    print(findings.report.incomplete)
    ```

    They come rule by rule, not worst first: that is how `report` has them. Leaving the loop, by `break` too, ends the
    audit; as a context manager it does so at once.
    """

    def __init__(self, audit: Callable[[Callable[[tuple[Finding, ...]], object]], Awaitable[AuditReport]]) -> None:
        """Prepare; nothing is sent before the first finding is asked for."""
        self._audit = audit
        self._results: AsyncGenerator[tuple[Finding, ...], None] | None = None
        self._report: AuditReport | None = None

    @property
    def report(self) -> AuditReport:
        """The report, once all findings were iterated over.

        Raises:
            ArgumentError: They were not.
        """
        if self._report is None:
            raise ArgumentError("the report is there when all findings were iterated over, and they were not")
        return self._report

    def batches(self) -> AsyncGenerator[tuple[Finding, ...], None]:
        """Iterate over what is known by now, all that one rule found at a time.

        Raises:
            ArgumentError: It was iterated before.
        """
        if self._results is not None:
            raise ArgumentError("the findings of one audit can be iterated once; make another one")
        self._results = self._run()
        return self._results

    async def _run(self) -> AsyncGenerator[tuple[Finding, ...], None]:
        # The end is a marker of its own: no finding may be taken for it, nor a failure for the end of the findings.
        found: asyncio.Queue[tuple[Finding, ...] | None] = asyncio.Queue()
        task = asyncio.ensure_future(self._audit(found.put_nowait))
        task.add_done_callback(lambda _: found.put_nowait(None))
        try:
            while (batch := await found.get()) is not None:
                yield batch
            self._report = await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def __aiter__(self) -> AsyncGenerator[Finding, None]:
        async with aclosing(self.batches()) as batches:
            async for batch in batches:
                for finding in batch:
                    yield finding

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the audit, if it still runs."""
        if self._results is not None:
            await self._results.aclose()
