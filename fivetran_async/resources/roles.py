"""Roles: what users and teams may do."""

from fivetran_async import operations as ops
from fivetran_async.models.roles import Role
from fivetran_async.paging import Pager
from fivetran_async.resources._base import Resource


class Roles(Resource):
    """Roles. API: https://fivetran.com/docs/rest-api/api-reference/roles."""

    def list(self, *, page_size: int = 1000, cursor: str | None = None) -> Pager[Role]:
        """List all roles of the account, predefined and custom.

        Args:
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page.
        """
        return self._pager(ops.LIST_ALL_ROLES, page_size=page_size, cursor=cursor)
