"""Connector types: what Fivetran can connect to, and whether settings fit one of them."""

from fivetran_async import operations as ops
from fivetran_async._config_check import check_config
from fivetran_async.errors import ArgumentError
from fivetran_async.models.connector_types import ConnectorType
from fivetran_async.paging import Pager
from fivetran_async.resources._base import Resource, check_flags
from fivetran_async.types import UNSET, JsonObject, Unset


class ConnectorTypes(Resource):
    """Connector types. API: https://fivetran.com/docs/rest-api/api-reference/connector-metadata."""

    def list(self, *, page_size: int = 1000, cursor: str | None = None) -> Pager[ConnectorType]:
        """List all connector types.

        Args:
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page. The items do not say what settings look like.
        """
        return self._pager(ops.METADATA_CONNECTORS, page_size=page_size, cursor=cursor)

    async def get(self, service: str) -> ConnectorType:
        """Return a connector type with what its settings look like.

        Args:
            service: The connector type, such as `postgres`.

        Returns:
            The connector type. Costs one call.

        Raises:
            NotFoundError: There is no such connector type.
        """
        return await self._pipeline.call(ops.METADATA_CONNECTOR_CONFIG, service)

    async def validate_config(
        self,
        service: str | ConnectorType,
        config: JsonObject,
        *,
        auth: JsonObject | Unset = UNSET,
        partial: bool = False,
    ) -> None:
        """Check the settings of a connection against what its connector type says about them.

        Nothing is created or changed. Costs one call for a name, none for a connector type that `get` returned: get
        it once to check many.

        Args:
            service: The connector type, such as `postgres`, or what `get` returned for it.
            config: The settings, as `connections.create` and `connections.update` take them.
            auth: The authorization, where there is one.
            partial: Whether they are for `connections.update`: nothing is missing then, and what cannot be changed
                must not be among them.

        Raises:
            ArgumentError: They do not fit: a line for each path that is wrong, with what is allowed there and what
                kind of value was given. A value itself is named only where a few are allowed, and where none of the
                names around it is that of a secret. Or the connector type says nothing about settings, as those of a
                list do.
            NotFoundError: There is no such connector type.
        """
        check_flags(partial=partial)
        kind = service if isinstance(service, ConnectorType) else await self.get(service)
        if kind.config is None:
            raise ArgumentError(
                f"the connector type {kind.id!r} does not say what its settings look like, as those of a list do not; "
                "pass its id, or what connector_types.get returns"
            )
        wrong = check_config("config", config, kind.config, partial=partial)
        if auth is not UNSET and kind.auth is not None:
            wrong += check_config("auth", auth, kind.auth, partial=partial)
        elif auth is not UNSET and auth:
            wrong.append(f"auth: unknown; {kind.id} takes none")
        if wrong:
            raise ArgumentError("\n".join([f"the settings do not fit {kind.id}:", *wrong]))
