"""What cannot be undone wants to be confirmed."""

from collections.abc import Callable
from typing import Any

import pytest

from fivetran_async.errors import ConfirmationError
from fivetran_async.resources.hybrid_agents import HybridAgents
from fivetran_async.resources.proxy_agents import ProxyAgents
from fivetran_async.resources.system_keys import SystemKeys
from fivetran_async.resources.teams import Teams
from fivetran_async.resources.users import Users

DESTRUCTIVE: dict[str, Callable[[Any], Any]] = {
    "users.delete": lambda pipeline: Users(pipeline).delete,
    "teams.delete": lambda pipeline: Teams(pipeline).delete,
    "system_keys.rotate": lambda pipeline: SystemKeys(pipeline).rotate,
    "proxy_agents.regenerate_secrets": lambda pipeline: ProxyAgents(pipeline).regenerate_secrets,
    "hybrid_agents.re_auth": lambda pipeline: HybridAgents(pipeline).re_auth,
    "hybrid_agents.reset_credentials": lambda pipeline: HybridAgents(pipeline).reset_credentials,
}


@pytest.mark.parametrize("name", DESTRUCTIVE)
async def test_without_a_confirmation_nothing_is_sent(name: str, recorder: Any) -> None:
    """Otherwise a slip would delete somebody, or lock out whoever uses a secret."""
    method = DESTRUCTIVE[name](recorder)
    for answer in ({}, {"confirm": False}, {"confirm": "yes"}):
        with pytest.raises(ConfirmationError, match=rf"^{name}\('x'\).*pass confirm=True"):
            await method("x", **answer)
    assert recorder.asked == []


@pytest.mark.parametrize("name", DESTRUCTIVE)
async def test_what_is_confirmed_is_sent_and_the_confirmation_is_not(name: str, recorder: Any) -> None:
    """Otherwise the call could not be made at all, or the API would get a field it does not know."""
    await DESTRUCTIVE[name](recorder)("x", confirm=True)
    (asked,) = recorder.asked
    assert asked.ids == ("x",)
    assert "confirm" not in (asked.body or {})
