"""Destinations: where a group's data is written."""

from fivetran_async import operations as ops
from fivetran_async.models.destinations import Destination
from fivetran_async.paging import Pager
from fivetran_async.resources._base import Resource


class Destinations(Resource):
    """Destinations. API: https://fivetran.com/docs/rest-api/api-reference/destinations."""

    def list(self, *, page_size: int = 1000, cursor: str | None = None) -> Pager[Destination]:
        """List all destinations of the account.

        Args:
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page.
        """
        return self._pager(ops.LIST_DESTINATIONS, page_size=page_size, cursor=cursor)

    async def get(self, destination_id: str) -> Destination:
        """Return a destination with its service's settings.

        Args:
            destination_id: The destination; it is also the id of its group.

        Returns:
            The destination. Costs one call.

        Raises:
            NotFoundError: There is no such destination, or the group has none.
        """
        return await self._pipeline.call(ops.DESTINATION_DETAILS, destination_id)
