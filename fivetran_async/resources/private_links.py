"""Private links: private networks to sources and destinations."""

from fivetran_async import operations as ops
from fivetran_async._pipeline import changed
from fivetran_async.models.private_links import PrivateLink
from fivetran_async.paging import Pager
from fivetran_async.resources._base import Resource, check_mappings, check_text, check_unmasked
from fivetran_async.types import UNSET, JsonObject, Unset


class PrivateLinks(Resource):
    """Private links. API: https://fivetran.com/docs/rest-api/api-reference/private-links."""

    def list(self, *, page_size: int = 1000, cursor: str | None = None) -> Pager[PrivateLink]:
        """List all private links of the account.

        Args:
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page.
        """
        return self._pager(ops.GET_PRIVATE_LINKS, page_size=page_size, cursor=cursor)

    async def get(self, private_link_id: str) -> PrivateLink:
        """Return a private link.

        Args:
            private_link_id: The private link.

        Returns:
            The private link. Costs one call.

        Raises:
            NotFoundError: There is no such private link.
        """
        return await self._pipeline.call(ops.GET_PRIVATE_LINK_DETAILS, private_link_id)

    async def create(
        self,
        *,
        name: str,
        region: str,
        service: str,
        config: JsonObject | Unset = UNSET,
        allow_masked: bool = False,
    ) -> PrivateLink:
        """Make a private link. It takes minutes to come up; `get` tells its state.

        Args:
            name: Its name.
            region: Where Fivetran processes the data that comes through it, such as `AWS_US_EAST_1`.
            service: What it leads to, such as `SNOWFLAKE_AWS`.
            config: Its service's own settings, such as `connection_service_name`.
            allow_masked: Whether to send `******`, the mask of a secret, as a value.

        Returns:
            The new private link. Costs one call, of the private-link-creation class (5 an hour, 1 on trial); it is
            not repeated when its outcome is unknown.

        Raises:
            ArgumentError: Something was refused before it was sent.
            BadRequestError: The API refuses something.
        """
        check_text(name, "name")
        check_text(region, "region")
        check_text(service, "service")
        check_mappings(config=config)
        check_unmasked(allow_masked, config=config)
        return await self._pipeline.call(
            ops.CREATE_PRIVATE_LINK,
            body={"name": name, "region": region, "service": service, "config": config},
        )

    async def update(self, private_link_id: str, *, config: JsonObject, allow_masked: bool = False) -> PrivateLink:
        """Change the settings of a private link.

        Args:
            private_link_id: The private link.
            config: Its service's own settings; only those that change.
            allow_masked: Whether to send `******`, the mask of a secret, as a value.

        Returns:
            The private link as it is now. Costs one call.

        Raises:
            ArgumentError: Nothing would change, or something was refused before it was sent.
            NotFoundError: There is no such private link.
        """
        check_mappings(config=config)
        check_unmasked(allow_masked, config=config)
        return await self._pipeline.call(ops.MODIFY_PRIVATE_LINK, private_link_id, body=changed({"config": config}))

    async def delete(self, private_link_id: str) -> None:
        """Delete a private link.

        Costs one call.

        Args:
            private_link_id: The private link.

        Raises:
            NotFoundError: There is no such private link.
        """
        return await self._pipeline.call(ops.DELETE_PRIVATE_LINK, private_link_id)
