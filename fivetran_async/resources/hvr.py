"""HVR hubs."""

from fivetran_async import operations as ops
from fivetran_async.models.hvr import HvrHubRegistration
from fivetran_async.resources._base import Resource, check_number, check_text

_MAX_PORT = 65535


class Hvr(Resource):
    """HVR hubs. API: https://fivetran.com/docs/rest-api/api-reference/hvr-register-hub."""

    async def register_hub(self, *, fingerprint: str, port: int, hub_server_url: str) -> HvrHubRegistration:
        """Register a hub with the account.

        Args:
            fingerprint: What identifies the hub's installation.
            port: The port that the hub listens on, from 1 to 65535.
            hub_server_url: The URL of the hub's server.

        Returns:
            The registration with the hub's access token. Costs one call, which is not repeated when its outcome is
            unknown.

        Raises:
            BadRequestError: Such a hub is registered already.
        """
        check_text(fingerprint, "fingerprint")
        check_number(port, "port", 1, _MAX_PORT)
        check_text(hub_server_url, "hub_server_url")
        return await self._pipeline.call(
            ops.HVR_REGISTER_HUB,
            body={"fingerprint": fingerprint, "port": port, "hub_server_url": hub_server_url},
        )
