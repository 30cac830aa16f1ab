"""The account that the credentials belong to."""

from fivetran_async import operations as ops
from fivetran_async.models.account import AccountInfo
from fivetran_async.resources._base import Resource


class Account(Resource):
    """The account. API: https://fivetran.com/docs/rest-api/api-reference/account."""

    async def info(self) -> AccountInfo:
        """Return the account, and the user or system key that asks; the cheapest probe of credentials.

        Returns:
            The account. Costs one call.

        Raises:
            UnauthorizedError: The credentials are not accepted.
        """
        return await self._pipeline.call(ops.GET_ACCOUNT_INFO)
