"""The client: opens, closes, and holds one resource for each group of operations."""

import inspect
import os
import ssl as tls
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping, Sequence
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import attrs

from fivetran_async import config
from fivetran_async._clock import Clock, SystemClock
from fivetran_async._codec import unnamed_operation
from fivetran_async._forks import loading
from fivetran_async._pipeline import Pipeline
from fivetran_async.budget import Budget
from fivetran_async.errors import ConfigError
from fivetran_async.hooks import Hook
from fivetran_async.operation import Operation
from fivetran_async.paging import Pager
from fivetran_async.retry import RetryPolicy
from fivetran_async.transport import Network, Transport
from fivetran_async.types import UNSET, Query, Unset

T = TypeVar("T")
R = TypeVar("R")

if TYPE_CHECKING:
    from fivetran_async.fanout import Map
    from fivetran_async.resources.account import Account
    from fivetran_async.resources.certificates import CertificateApprovals
    from fivetran_async.resources.connections import Connections
    from fivetran_async.resources.connector_packages import ConnectorPackages
    from fivetran_async.resources.connector_types import ConnectorTypes
    from fivetran_async.resources.destinations import Destinations
    from fivetran_async.resources.external_secrets_managers import ExternalSecretsManagers
    from fivetran_async.resources.groups import Groups
    from fivetran_async.resources.hvr import Hvr
    from fivetran_async.resources.hybrid_agents import HybridAgents
    from fivetran_async.resources.log_services import LogServices
    from fivetran_async.resources.private_links import PrivateLinks
    from fivetran_async.resources.proxy_agents import ProxyAgents
    from fivetran_async.resources.public import Public
    from fivetran_async.resources.roles import Roles
    from fivetran_async.resources.schemas import Schemas
    from fivetran_async.resources.system_keys import SystemKeys
    from fivetran_async.resources.teams import Teams
    from fivetran_async.resources.transformation_projects import TransformationProjects
    from fivetran_async.resources.transformations import Transformations
    from fivetran_async.resources.users import Users
    from fivetran_async.resources.webhooks import Webhooks


class Fivetran:
    """A client of the Fivetran REST API.

    ```python
    async with Fivetran.from_env() as ft:
        async for connection in ft.connections.list():
            print(connection.id, connection.schema)
    ```

    One client serves many tasks at once, all in the event loop that first uses it.
    """

    def __init__(
        self,
        api_key: str | None = None,
        api_secret: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float | config.Timeout | None = None,
        deadline: float | None = None,
        retry: RetryPolicy | None = None,
        budget: Budget | None = None,
        read_only: bool = False,
        hooks: Sequence[Hook] = (),
        proxy: str | None = None,
        ssl: tls.SSLContext | str | os.PathLike[str] | None = None,
        trust_env: bool = True,
        user_agent_suffix: str | None = None,
        keep_raw: bool = True,
        clock: Clock | None = None,
    ) -> None:
        """Make a client. Nothing is sent, and no event loop is needed, until the first call.

        Args:
            api_key: The API key; alone, the base64 of `key:secret` that Fivetran's own tools use.
            api_secret: The API secret.
            base_url: Where the API is; None for `https://api.fivetran.com`. A trailing `/v1` is tolerated.
            timeout: How long one attempt may take: seconds for all of it, or a `Timeout`. The default allows 10 s
                to connect and 60 s between two pieces of the reply, 330 s for setup tests.
            deadline: How long a call may take with all its attempts and pauses, in seconds; None for no bound.
                Each page of a list, and each call of a map, is a call of its own: `list(...).with_deadline(seconds)`
                bounds a whole list, and `map(..., deadline=seconds)` a whole map.
            retry: When a call is tried again; None for `RetryPolicy()`.
            budget: What the account may use, shared by passing the same object to several clients; None for one
                of this client's own.
            read_only: Whether to refuse everything but GET.
            hooks: Functions that are called with every event of every call.
            proxy: The URL of an HTTP proxy, credentials included; None to look into the environment.
            ssl: A context, or a file of PEM certificates to trust; None for those of the system.
            trust_env: Whether the proxy variables of the environment count.
            user_agent_suffix: What to add to `User-Agent`.
            keep_raw: Whether models keep the bytes they were read from; without them `raw` is None and `extra`
                empty, and a third of the memory is spared.
            clock: Where the time comes from, for tests.

        Raises:
            ConfigError: A setting is missing or cannot be used; the message names it.
        """
        network = Network(
            base_url=config.base_url(base_url),
            credentials=config.credentials(api_key, api_secret),
            proxy=proxy,
            ssl=ssl,
            trust_env=trust_env,
            user_agent_suffix=user_agent_suffix,
        )
        the_clock: Clock = clock or SystemClock()
        self._owns_transport = True
        self._pipeline = Pipeline(
            transport=Transport(network),
            budget=_checked(budget, Budget, "budget") or Budget(clock=the_clock),
            clock=the_clock,
            retry=_with_deadline(_checked(retry, RetryPolicy, "retry") or RetryPolicy(), deadline),
            timeout=config.timeout(timeout),
            read_only=read_only,
            hooks=_hooks(hooks),
            keep_raw=keep_raw,
        )

    @classmethod
    def from_env(
        cls,
        *,
        base_url: str | None = None,
        timeout: float | config.Timeout | None = None,
        deadline: float | None = None,
        retry: RetryPolicy | None = None,
        budget: Budget | None = None,
        read_only: bool = False,
        hooks: Sequence[Hook] = (),
        proxy: str | None = None,
        ssl: tls.SSLContext | str | os.PathLike[str] | None = None,
        trust_env: bool = True,
        user_agent_suffix: str | None = None,
        keep_raw: bool = True,
        clock: Clock | None = None,
    ) -> Self:
        """Make a client with the credentials of the environment.

        They are read from `FIVETRAN_API_KEY` and `FIVETRAN_API_SECRET`, the base URL from `FIVETRAN_BASE_URL`
        unless it is given here. All else as for the class itself.

        Raises:
            ConfigError: A variable is missing or a setting cannot be used; the message names it.
        """
        key, secret = config.pair_from_env()
        return cls(
            key,
            secret,
            base_url=config.base_url_from_env() if base_url is None else base_url,
            timeout=timeout,
            deadline=deadline,
            retry=retry,
            budget=budget,
            read_only=read_only,
            hooks=hooks,
            proxy=proxy,
            ssl=ssl,
            trust_env=trust_env,
            user_agent_suffix=user_agent_suffix,
            keep_raw=keep_raw,
            clock=clock,
        )

    @classmethod
    def anonymous(
        cls,
        *,
        base_url: str | None = None,
        timeout: float | config.Timeout | None = None,
        deadline: float | None = None,
        retry: RetryPolicy | None = None,
        budget: Budget | None = None,
        hooks: Sequence[Hook] = (),
        proxy: str | None = None,
        ssl: tls.SSLContext | str | os.PathLike[str] | None = None,
        trust_env: bool = True,
        user_agent_suffix: str | None = None,
        keep_raw: bool = True,
        clock: Clock | None = None,
    ) -> Self:
        """Make a client without credentials, for `ft.public`; everything else raises `ConfigError` unsent.

        All arguments as for the class itself.

        Raises:
            ConfigError: A setting cannot be used; the message names it.
        """
        client = cls(
            "nobody",
            "nothing",
            base_url=base_url,
            timeout=timeout,
            deadline=deadline,
            retry=retry,
            budget=budget,
            read_only=True,
            hooks=hooks,
            proxy=proxy,
            ssl=ssl,
            trust_env=trust_env,
            user_agent_suffix=user_agent_suffix,
            keep_raw=keep_raw,
            clock=clock,
        )
        line = client._pipeline
        client._pipeline = attrs.evolve(line, transport=line.transport.without_credentials())
        return client

    def with_options(
        self,
        *,
        timeout: float | config.Timeout | Unset | None = UNSET,
        deadline: float | Unset | None = UNSET,
        retry: RetryPolicy | Unset = UNSET,
        read_only: bool | Unset = UNSET,
        hooks: Sequence[Hook] | Unset = UNSET,
    ) -> Self:
        """Return a client with other options around the same connections and the same budget.

        Closing it closes nothing; it ends with the client it was made from. What is left out stays as it is.

        Args:
            timeout: How long one attempt may take, in seconds or as a `Timeout`; None for the default.
            deadline: How long a call may take with all its attempts and pauses, in seconds; None for no bound.
                Each page of a list, and each call of a map, is a call of its own: `list(...).with_deadline(seconds)`
                bounds a whole list, and `map(..., deadline=seconds)` a whole map.
            retry: When a call is tried again.
            read_only: Whether to refuse everything but GET.
            hooks: The functions that are called with every event, in place of those of this client.

        Raises:
            ConfigError: An option cannot be used; the message names it.
        """
        changes: dict[str, Any] = {}
        policy = self._pipeline.retry
        if retry is not UNSET:
            retry = _checked(retry, RetryPolicy, "retry") or RetryPolicy()
            policy = retry if retry.deadline is not None else _with_deadline(retry, policy.deadline)
        changes["retry"] = policy if deadline is UNSET else attrs.evolve(policy, deadline=deadline)
        if timeout is not UNSET:
            changes["timeout"] = config.timeout(timeout)
        if read_only is not UNSET:
            changes["read_only"] = read_only
        if hooks is not UNSET:
            changes["hooks"] = _hooks(hooks)
        view = type(self).__new__(type(self))
        view._owns_transport = False
        view._pipeline = attrs.evolve(self._pipeline, **changes)
        return view

    def __repr__(self) -> str:
        state = "closed" if self.closed else "open"
        return f"<{type(self).__module__.partition('.')[0]}.{type(self).__name__} {state}>"

    def __reduce__(self) -> tuple[Any, ...]:
        # Its credentials would lie in a cache or a queue, and its connections be nobody's.
        raise TypeError("a client is not pickled, because its credentials would be: make one in each process")

    @property
    def closed(self) -> bool:
        """Whether the client is closed."""
        return self._pipeline.transport.closed

    @property
    def base_url(self) -> str:
        """Where the API is, without `/v1`."""
        return self._pipeline.transport.base_url

    @property
    def budget(self) -> Budget:
        """What the account may use; pass it to another client to share it."""
        return self._pipeline.budget

    @property
    def retry(self) -> RetryPolicy:
        """When a call is tried again."""
        return self._pipeline.retry

    @property
    def hooks(self) -> tuple[Hook, ...]:
        """The functions that are called with every event."""
        return self._pipeline.hooks

    @property
    def repairs(self) -> Mapping[str, int]:
        """How many items did not fit their models and were read leniently, by model and place: `Connection.paused`.

        Of this client and of those that `with_options` made of it. Each took some ten times as long to read.
        """
        return dict(self._pipeline.repairs)

    @property
    def clock(self) -> Clock:
        """Where the time comes from."""
        return self._pipeline.clock

    @cached_property
    def account(self) -> "Account":
        """The account that the credentials belong to."""
        with loading():
            from fivetran_async.resources.account import Account

        return Account(self._pipeline)

    @cached_property
    def certificates(self) -> "CertificateApprovals":
        """Certificates of the whole account: only the deprecated approval."""
        with loading():
            from fivetran_async.resources.certificates import CertificateApprovals

        return CertificateApprovals(self._pipeline)

    @cached_property
    def connections(self) -> "Connections":
        """Connections: configured sources."""
        with loading():
            from fivetran_async.resources.connections import Connections

        return Connections(self._pipeline)

    @cached_property
    def connector_packages(self) -> "ConnectorPackages":
        """Packages of custom connectors."""
        with loading():
            from fivetran_async.resources.connector_packages import ConnectorPackages

        return ConnectorPackages(self._pipeline)

    @cached_property
    def connector_types(self) -> "ConnectorTypes":
        """Connector types: which sources there are, and what their settings are."""
        with loading():
            from fivetran_async.resources.connector_types import ConnectorTypes

        return ConnectorTypes(self._pipeline)

    @property
    def connectors(self) -> "Connections":
        """Another name of `connections`: the API called them connectors until 2025."""
        return self.connections

    @cached_property
    def destinations(self) -> "Destinations":
        """Destinations: where a group's data is written."""
        with loading():
            from fivetran_async.resources.destinations import Destinations

        return Destinations(self._pipeline)

    @cached_property
    def external_secrets_managers(self) -> "ExternalSecretsManagers":
        """External secrets managers: where secrets are kept outside Fivetran."""
        with loading():
            from fivetran_async.resources.external_secrets_managers import ExternalSecretsManagers

        return ExternalSecretsManagers(self._pipeline)

    @cached_property
    def groups(self) -> "Groups":
        """Groups: what holds connections and at most one destination."""
        with loading():
            from fivetran_async.resources.groups import Groups

        return Groups(self._pipeline)

    @cached_property
    def hvr(self) -> "Hvr":
        """HVR hubs."""
        with loading():
            from fivetran_async.resources.hvr import Hvr

        return Hvr(self._pipeline)

    @cached_property
    def hybrid_agents(self) -> "HybridAgents":
        """Hybrid deployment agents: what processes data in your own network."""
        with loading():
            from fivetran_async.resources.hybrid_agents import HybridAgents

        return HybridAgents(self._pipeline)

    @cached_property
    def log_services(self) -> "LogServices":
        """Log services: where logs are sent."""
        with loading():
            from fivetran_async.resources.log_services import LogServices

        return LogServices(self._pipeline)

    @cached_property
    def private_links(self) -> "PrivateLinks":
        """Private links: private networks to sources and destinations."""
        with loading():
            from fivetran_async.resources.private_links import PrivateLinks

        return PrivateLinks(self._pipeline)

    @cached_property
    def proxy_agents(self) -> "ProxyAgents":
        """Proxy agents: what reaches sources in your own network."""
        with loading():
            from fivetran_async.resources.proxy_agents import ProxyAgents

        return ProxyAgents(self._pipeline)

    @cached_property
    def public(self) -> "Public":
        """What is known without credentials."""
        with loading():
            from fivetran_async.resources.public import Public

        return Public(self._pipeline)

    @cached_property
    def roles(self) -> "Roles":
        """Roles: what users and teams may do."""
        with loading():
            from fivetran_async.resources.roles import Roles

        return Roles(self._pipeline)

    @cached_property
    def schemas(self) -> "Schemas":
        """Schemas of connections: which tables and columns are loaded, and how."""
        with loading():
            from fivetran_async.resources.schemas import Schemas

        return Schemas(self._pipeline)

    @cached_property
    def system_keys(self) -> "SystemKeys":
        """System keys: API keys that belong to the account."""
        with loading():
            from fivetran_async.resources.system_keys import SystemKeys

        return SystemKeys(self._pipeline)

    @cached_property
    def teams(self) -> "Teams":
        """Teams of users."""
        with loading():
            from fivetran_async.resources.teams import Teams

        return Teams(self._pipeline)

    @cached_property
    def transformation_projects(self) -> "TransformationProjects":
        """Transformation projects: repositories of dbt models."""
        with loading():
            from fivetran_async.resources.transformation_projects import TransformationProjects

        return TransformationProjects(self._pipeline)

    @cached_property
    def transformations(self) -> "Transformations":
        """Transformations: what runs in the destination after a sync."""
        with loading():
            from fivetran_async.resources.transformations import Transformations

        return Transformations(self._pipeline)

    @cached_property
    def users(self) -> "Users":
        """Users of the account."""
        with loading():
            from fivetran_async.resources.users import Users

        return Users(self._pipeline)

    @cached_property
    def webhooks(self) -> "Webhooks":
        """Webhooks: where events are sent."""
        with loading():
            from fivetran_async.resources.webhooks import Webhooks

        return Webhooks(self._pipeline)

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Mapping[str, Any] | None = None,
        idempotent: bool = False,
        raw: bool = False,
    ) -> Any:
        """Call any endpoint, named by this SDK or not, through the same retry, budget and errors.

        Costs one call.

        Args:
            method: `GET`, `POST`, `PATCH`, `PUT` or `DELETE`.
            path: The whole path, such as `/v1/groups`; ids in it must be percent-encoded.
            query: Query parameters; None ones are not sent.
            body: The fields of a JSON body.
            idempotent: Whether the call may be repeated when it is unknown if it arrived; GET and DELETE may be
                in any case.
            raw: Whether to return the bytes of the reply as they are.

        Returns:
            What stands in the reply's `data`, as plain JSON, or None; the bytes with `raw=True`.

        Raises:
            ArgumentError: The method or the path cannot be used; nothing was sent.
            ApiError: The API answered with an error status.
        """
        return await self._pipeline.request(method, path, query=query, body=body, idempotent=idempotent, raw=raw)

    def paginate(
        self, path: str, *, query: Query | None = None, page_size: int = 1000, cursor: str | None = None
    ) -> Pager[Any]:
        """List any endpoint that answers in pages, named by this SDK or not.

        Args:
            path: The whole path, such as `/v1/groups`; ids in it must be percent-encoded.
            query: Query parameters; None ones are not sent.
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager over plain JSON items. Costs one call a page.

        Raises:
            ArgumentError: The path cannot be used.
        """
        with loading():
            from fivetran_async.resources._base import paged

        operation: Operation[Any] = unnamed_operation("GET", path)
        pager: Pager[Any] = paged(self._pipeline, operation, query=query, page_size=page_size, cursor=cursor)
        return pager

    def map(
        self,
        fn: Callable[[T], Awaitable[R]],
        items: Iterable[T] | AsyncIterable[T],
        *,
        concurrency: int | None = None,
        deadline: float | None = None,
        stop_on: tuple[type[BaseException], ...] | None = None,
        on_progress: Callable[[int], object] | None = None,
    ) -> "Map[T, R]":
        """Run a function over many items, a number of them at a time, and iterate over what becomes of each.

        An item whose call fails is a result with an `error`; the others go on.

        Args:
            fn: Called with each item, such as `ft.connections.get`.
            items: The items, such as ids, or a pager.
            concurrency: How many at a time; None for the budget's.
            deadline: How long all of it may take, in seconds; None for no bound. A wait that the API asks all
                callers for and that does not fit into what is left ends all of it at once.
            stop_on: Errors that end all of it; None for those that every further item would meet as well:
                `UnauthorizedError` and `ClosedError`.
            on_progress: Called with the number of items that are done, after each.

        Returns:
            The results, in the order in which they finish; `collect()` gives them in the order of the items. Costs what
            the calls of the function cost.

        Raises:
            ArgumentError: An argument cannot be used.
        """
        with loading():
            from fivetran_async.fanout import STOP_ON, Map

        return Map(
            fn,
            items,
            concurrency=self.budget.concurrency if concurrency is None else concurrency,
            deadline=deadline,
            stop_on=STOP_ON if stop_on is None else stop_on,
            on_progress=on_progress,
        )

    async def close(self) -> None:
        """Close the client and its connections; again does nothing.

        Calls under way raise `ClosedError`: those on the wire at once, those that wait for their next attempt then.
        """
        if self._owns_transport:
            await self._pipeline.transport.close()
            await self._pipeline.budget.disconnect()

    async def __aenter__(self) -> Self:
        self._pipeline.transport.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


def _checked(value: T | None, kind: type[T], name: str) -> T | None:
    if value is None or isinstance(value, kind):
        return value
    raise ConfigError(f"{name} must be a {kind.__name__}, not {value!r}")


def _hooks(hooks: Sequence[Hook]) -> tuple[Hook, ...]:
    if not isinstance(hooks, Iterable):
        raise ConfigError(f"hooks must be a list of functions, not {type(hooks).__name__}")
    for hook in hooks:
        if not callable(hook) or inspect.iscoroutinefunction(hook):
            raise ConfigError(f"hooks must be plain functions that take an event, and {hook!r} is none")
    return tuple(hooks)


def _with_deadline(policy: RetryPolicy, deadline: float | None) -> RetryPolicy:
    return policy if deadline is None else attrs.evolve(policy, deadline=deadline)
