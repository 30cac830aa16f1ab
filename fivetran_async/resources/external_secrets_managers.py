"""External secrets managers: where the secrets of sources and destinations are kept instead of at Fivetran."""

from fivetran_async import operations as ops
from fivetran_async._pipeline import changed
from fivetran_async.models.external_secrets_managers import (
    ExternalSecretsEntity,
    ExternalSecretsManager,
    SecretsManagerType,
)
from fivetran_async.paging import Pager
from fivetran_async.resources._base import (
    Resource,
    check_choice,
    check_filter,
    check_flags,
    check_mappings,
    check_text,
    check_unmasked,
)
from fivetran_async.types import UNSET, JsonObject, Unset


class ExternalSecretsManagers(Resource):
    """External secrets managers.

    API: https://fivetran.com/docs/rest-api/api-reference/external-secrets-manager.
    """

    def list(self, *, page_size: int = 1000, cursor: str | None = None) -> Pager[ExternalSecretsManager]:
        """List the external secrets managers of the account.

        Args:
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page.
        """
        return self._pager(ops.LIST_ESMS, page_size=page_size, cursor=cursor)

    async def get(self, esm_id: str) -> ExternalSecretsManager:
        """Return an external secrets manager.

        Args:
            esm_id: The secrets manager.

        Returns:
            The secrets manager. Costs one call.

        Raises:
            NotFoundError: There is no such secrets manager.
        """
        return await self._pipeline.call(ops.GET_ESM_DETAILS, esm_id)

    async def create(
        self,
        *,
        type: str,
        name: str,
        config: JsonObject,
        is_hybrid_deployment: bool | Unset = UNSET,
        allow_masked: bool = False,
    ) -> ExternalSecretsManager:
        """Make an external secrets manager known to Fivetran.

        Args:
            type: `AWS_SECRET_MANAGER`, `AZURE_KEY_VAULT` or `HASHICORP_VAULT`.
            name: Its name.
            config: How it is reached, as its type wants.
            is_hybrid_deployment: Whether hybrid deployment agents read from it.
            allow_masked: Whether to send `******`, the mask of a secret, as a value.

        Returns:
            The new secrets manager. Costs one call, which is not repeated when its outcome is unknown.

        Raises:
            ArgumentError: Something was refused before it was sent.
            BadRequestError: The API refuses the settings.
        """
        check_text(type, "type")
        check_choice(type, "type", SecretsManagerType)
        check_text(name, "name")
        check_mappings(config=config)
        check_flags(is_hybrid_deployment=is_hybrid_deployment)
        check_unmasked(allow_masked, config=config)
        return await self._pipeline.call(
            ops.CREATE_ESM,
            body={"type": type, "name": name, "config": config, "is_hybrid_deployment": is_hybrid_deployment},
        )

    async def update(self, esm_id: str, *, config: JsonObject, allow_masked: bool = False) -> ExternalSecretsManager:
        """Change how an external secrets manager is reached.

        Args:
            esm_id: The secrets manager.
            config: How it is reached, as its type wants.
            allow_masked: Whether to send `******`, the mask of a secret, as a value.

        Returns:
            The secrets manager as it is now. Costs one call.

        Raises:
            ArgumentError: Nothing would change, or something was refused before it was sent.
            BadRequestError: The API refuses the settings.
            NotFoundError: There is no such secrets manager.
        """
        check_mappings(config=config)
        check_unmasked(allow_masked, config=config)
        return await self._pipeline.call(ops.MODIFY_ESM, esm_id, body=changed({"config": config}))

    async def delete(self, esm_id: str) -> None:
        """Make Fivetran forget an external secrets manager. The secrets in it stay.

        Costs one call.

        Args:
            esm_id: The secrets manager.

        Raises:
            BadRequestError: Something still takes its secrets from there.
            NotFoundError: There is no such secrets manager.
        """
        return await self._pipeline.call(ops.DELETE_ESM, esm_id)

    def entities(
        self,
        esm_id: str,
        *,
        type: str | None = None,
    ) -> Pager[ExternalSecretsEntity]:
        """List what takes its secrets from an external secrets manager.

        Args:
            esm_id: The secrets manager.
            type: `SOURCE` for connections alone, `DESTINATION` for destinations; None for both.

        Returns:
            A pager. Costs one call: the API knows no pages here.
        """
        check_filter(type, "type")
        return self._pager(ops.GET_ESM_ENTITIES, esm_id, query={"type": type}, page_size=UNSET)

    def list_entities(
        self,
        *,
        esm_id: str | None = None,
        type: str | None = None,
    ) -> Pager[ExternalSecretsEntity]:
        """List what takes its secrets from any external secrets manager.

        Args:
            esm_id: Only from this secrets manager.
            type: `SOURCE` for connections alone, `DESTINATION` for destinations; None for both.

        Returns:
            A pager. Costs one call: the API knows no pages here.
        """
        check_filter(esm_id, "esm_id")
        check_filter(type, "type")
        return self._pager(ops.LIST_ESM_ENTITIES, query={"esm_id": esm_id, "type": type}, page_size=UNSET)
