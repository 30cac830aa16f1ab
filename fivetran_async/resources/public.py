"""What Fivetran tells everybody, without credentials."""

from fivetran_async import operations as ops
from fivetran_async.models.connector_types import ConnectorType
from fivetran_async.paging import Pager
from fivetran_async.resources._base import Resource
from fivetran_async.types import UNSET


class Public(Resource):
    """Public endpoints. API: https://fivetran.com/docs/rest-api/api-reference/public-endpoints."""

    def connector_types(self) -> Pager[ConnectorType]:
        """List all connector types. No credentials are sent.

        Returns:
            A pager. Costs one call: all of them come in one page.
        """
        return self._pager(ops.METADATA_PUBLIC_CONNECTORS, page_size=UNSET)
