"""The course of a deployment: find, upload, create or rebind, test; and the way back when something fails."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import anyio.to_thread
import attrs

from fivetran_async import operations as ops
from fivetran_async.connector_sdk.configuration import as_secrets, read_configuration
from fivetran_async.connector_sdk.deployment import SERVICE, Deployment, Target
from fivetran_async.connector_sdk.packing import PackedConnector, checked_folder, pack
from fivetran_async.errors import (
    ArgumentError,
    DecodeError,
    FivetranError,
    NotFoundError,
    ServerError,
    TransportError,
)
from fivetran_async.models.connections import Connection
from fivetran_async.models.groups import Group
from fivetran_async.models.setup_tests import SetupTest
from fivetran_async.resources._base import one_of_them
from fivetran_async.types import UNSET, Unset

if TYPE_CHECKING:
    from fivetran_async.client import Fivetran

# By how much the clocks of Fivetran and of this machine may differ.
_SKEW: Final = timedelta(minutes=2)
_UNKNOWN: Final = (TransportError, ServerError, DecodeError)
"""Errors of a call after which it may have been done all the same."""


class Shared:
    """What deployments that run at the same time share."""

    def __init__(self, ft: "Fivetran") -> None:
        """Begin with nothing known."""
        self._ft: Final = ft
        self._once: Final = asyncio.Lock()
        self._groups: list[Group] | None = None
        self._uploads: Final[dict[str, asyncio.Lock]] = {}
        self.claimed: Final[set[str]] = set()
        """The packages that one of them has made."""

    async def group(self, wanted: str | Group) -> Group:
        """Return a group by its id or its name; the groups of the account are read once.

        Raises:
            NotFoundError: There is none.
            AmbiguousNameError: Several have the name.
        """
        if isinstance(wanted, Group):
            return wanted
        async with self._once:
            if self._groups is None:
                self._groups = await self._ft.groups.list().collect()
        groups = self._groups
        by_id = [group for group in groups if group.id == wanted]
        if by_id:
            return by_id[0]
        named = [group for group in groups if group.name == wanted]
        return one_of_them(named, "group", wanted, operation=ops.LIST_ALL_GROUPS, shown=lambda item: item.id)

    def uploading(self, sha256: str) -> asyncio.Lock:
        """Return what lets packages of the same bytes be uploaded one at a time: one whose answer is lost is found."""
        return self._uploads.setdefault(sha256, asyncio.Lock())


@attrs.define
class _Made:
    """What a deployment has changed until now, for the way back."""

    package: str | None = None
    connection: str | None = None
    rebound: Connection | None = None
    """The connection as it was, where it runs the new package now."""


class Course:
    """One deployment."""

    def __init__(self, ft: "Fivetran", target: Target, shared: Shared, *, dry_run: bool) -> None:
        """Prepare; nothing is read or sent."""
        self._ft: Final = ft
        self._target: Final = target
        self._shared: Final = shared
        self._dry: Final = dry_run
        self._made: Final = _Made()
        self._steps: Final[list[str]] = []
        self._began: Final[datetime] = ft.clock.now()

    async def run(self) -> Deployment:
        """Deploy; what a failure leaves behind is removed."""
        target = self._target
        target.check()
        packed, settings = await anyio.to_thread.run_sync(partial(_read, target))
        group = await self._shared.group(target.group)
        before = await self._existing(group)
        try:
            if before is None:
                return await self._new(group, packed, settings)
            return await self._again(before, packed, settings)
        except BaseException as error:
            await self._undo(error)
            raise

    async def _existing(self, group: Group) -> Connection | None:
        name = self._target.connection
        found = await self._ft.connections.list(group_id=group.id, schema=name).collect()
        if not found:
            return None
        if found[0].service != SERVICE:
            raise ArgumentError(
                f"{name} in group {group.id} is a connection of the service {found[0].service}, and no custom "
                "connector: choose another name"
            )
        return await self._ft.connections.get(found[0].id)

    async def _new(
        self, group: Group, packed: PackedConnector, settings: Mapping[str, str | None] | None
    ) -> Deployment:
        target = self._target
        package = await self._upload(packed)
        self._steps.append(f"create connection {target.connection} in group {group.id}, paused")
        connection = None if self._dry else await self._create(group, package, settings)
        tests = await self._test(None if connection is None else connection.id)
        await self._resume(None if connection is None else connection.id, paused=True)
        return Deployment(
            connection_id=None if connection is None else connection.id,
            connection=target.connection,
            group_id=group.id,
            package_id=package,
            sha256=packed.sha256,
            created=True,
            uploaded=True,
            paused=target.paused is not False,
            setup_tests=tests,
            steps=tuple(self._steps),
            dry_run=self._dry,
        )

    async def _again(
        self, before: Connection, packed: PackedConnector, settings: Mapping[str, str | None] | None
    ) -> Deployment:
        target, config = self._target, before.config or {}
        old: str | None = config.get("package_id")
        same = old is not None and await self._runs(old, before.id) == packed.sha256
        package = old if same else await self._upload(packed)
        changes: dict[str, Any] = {}
        if not same:
            changes["package_id"] = package
        if target.python_version is not None and target.python_version != config.get("python_version"):
            changes["python_version"] = target.python_version
        if settings is not None:
            changes["secrets_list"] = as_secrets(settings)
        fields = self._fields(before)
        if same:
            self._steps.append(f"keep package {old}: it has these bytes already")
        if changes or fields:
            listed = ", ".join([*changes, *fields]).replace("secrets_list", "configuration")
            self._steps.append(f"change connection {before.id}: {listed}")
        if not self._dry and (changes or fields):
            await self._change(before, changes, fields)
        tests = await self._test(before.id) if changes or fields else ()
        await self._resume(before.id, paused=before.is_paused)
        if not same and old is not None and target.delete_replaced:
            await self._delete_replaced(old)
        return Deployment(
            connection_id=before.id,
            connection=target.connection,
            group_id=before.group_id or "",
            package_id=package,
            sha256=packed.sha256,
            created=False,
            uploaded=not same,
            replaced_package_id=None if same else old,
            paused=before.is_paused if target.paused is None else target.paused,
            setup_tests=tests,
            steps=tuple(self._steps),
            dry_run=self._dry,
        )

    def _fields(self, before: Connection) -> dict[str, Any]:
        target = self._target
        wanted = {
            # An end of a pause waits for the setup tests.
            "paused": True if target.paused else UNSET,
            "sync_frequency": target.sync_frequency,
            "hybrid_deployment_agent_id": target.hybrid_deployment_agent_id,
        }
        return {name: value for name, value in wanted.items() if value is not UNSET and value != getattr(before, name)}

    async def _runs(self, package: str, connection_id: str) -> str | None:
        """Return the SHA-256 of the package of a connection; refuse one that others run as well."""
        try:
            # Not as a model: the definition does not know the list, which those who may share packages are shown.
            data = await self._ft.request("GET", f"/v1/connector-sdk/packages/{quote(package, safe='')}")
        except NotFoundError:
            return None
        users = data.get("connection_ids") or [data.get("connection_id") or connection_id]
        others = sorted({str(name) for name in users} - {connection_id})
        if others:
            raise ArgumentError(
                f"package {package} is shared: {', '.join(others)} run it as well, and would not get the new one; "
                "rebind them by hand, or deploy under another name"
            )
        sha256 = data.get("file_sha256_hash")
        return sha256.lower() if isinstance(sha256, str) else None

    async def _upload(self, packed: PackedConnector) -> str | None:
        self._steps.append(f"upload package: {len(packed.files)} files, {packed.size:,} bytes")
        if self._dry:
            return None
        async with self._shared.uploading(packed.sha256):
            try:
                package = (await self._ft.connector_packages.create(file=packed.content)).id
            except _UNKNOWN as error:
                if isinstance(error, TransportError) and error.sent is False:
                    raise
                package = await self._lost_package(packed.sha256, error)
            self._made.package = package
            self._shared.claimed.add(package)
        return package

    async def _lost_package(self, sha256: str, error: FivetranError) -> str:
        """Return the package that an upload made whose answer was lost."""
        since = self._began - _SKEW
        async for package in self._ft.connector_packages.list():
            fresh = package.created_at is not None and package.created_at >= since
            free = package.connection_id is None and package.id not in self._shared.claimed
            if fresh and free and (package.file_sha256_hash or "").lower() == sha256:
                self._steps.append(f"find package {package.id}, whose upload was not answered")
                return package.id
        raise error

    async def _create(self, group: Group, package: str | None, settings: Mapping[str, str | None] | None) -> Connection:
        target = self._target
        config: dict[str, Any] = {"schema": target.connection, "package_id": package}
        if settings is not None:
            config["secrets_list"] = as_secrets(settings)
        if target.python_version is not None:
            config["python_version"] = target.python_version
        try:
            connection = await self._ft.connections.create(
                group_id=group.id,
                service=SERVICE,
                config=config,
                # A sync would begin before the setup tests.
                paused=True,
                sync_frequency=target.sync_frequency,
                destination_schema_names=target.destination_schema_names,
                hybrid_deployment_agent_id=target.hybrid_deployment_agent_id,
                # They take minutes, and an answer that is late would leave a connection that nobody knows of.
                run_setup_tests=False,
            )
        except _UNKNOWN as error:
            if isinstance(error, TransportError) and error.sent is False:
                raise
            found = await self._existing(group)
            if found is None or (found.config or {}).get("package_id") != package:
                raise
            self._steps.append(f"find connection {found.id}, whose creation was not answered")
            connection = found
        self._made.connection = connection.id
        return connection

    async def _change(self, before: Connection, changes: Mapping[str, Any], fields: Mapping[str, Any]) -> None:
        # Before the call: one whose answer is lost may have been done.
        self._made.rebound = before
        config: Mapping[str, Any] | Unset = changes or UNSET
        await self._ft.connections.update(before.id, config=config, run_setup_tests=False, **fields)

    async def _test(self, connection_id: str | None) -> tuple[SetupTest, ...]:
        if not self._target.run_setup_tests:
            return ()
        self._steps.append("run setup tests")
        if self._dry or connection_id is None:
            return ()
        return (await self._ft.connections.test_and_wait(connection_id)).setup_tests

    async def _resume(self, connection_id: str | None, *, paused: bool) -> None:
        if self._target.paused is not False or not paused:
            return
        self._steps.append("end the pause")
        if connection_id is not None and not self._dry:
            await self._ft.connections.resume(connection_id)

    async def _delete_replaced(self, package: str) -> None:
        self._steps.append(f"delete package {package}, which was replaced")
        if not self._dry:
            try:
                await self._ft.connector_packages.delete(package, confirm=True)
            except FivetranError as error:
                # What was deployed stays deployed.
                self._steps.append(f"package {package} could not be deleted: {error}")

    async def _undo(self, error: BaseException) -> None:
        made = self._made
        if made.connection is not None and self._target.keep_failed:
            error.add_note(f"connection {made.connection} and package {made.package} were kept")
            return
        if made.rebound is not None:
            await self._try(error, f"connection {made.rebound.id} may run a new package", self._rebind(made.rebound))
        if made.connection is not None:
            gone = self._ft.connections.delete(made.connection, confirm=True)
            await self._try(error, f"connection {made.connection} was made, and is still there", gone)
        if made.package is not None:
            gone = self._ft.connector_packages.delete(made.package, confirm=True)
            await self._try(error, f"package {made.package} was made, and is still there", gone)

    async def _rebind(self, before: Connection) -> None:
        config = before.config or {}
        old = {name: config[name] for name in ("package_id", "python_version") if config.get(name) is not None}
        fields = {name: getattr(before, name) for name in self._fields(before)}
        await self._ft.connections.update(before.id, config=old or UNSET, run_setup_tests=False, **fields)

    async def _try(self, error: BaseException, left: str, way_back: Any) -> None:
        try:
            await way_back
        except NotFoundError:
            return
        except FivetranError as second:
            error.add_note(f"{left}: {second}")


def _read(target: Target) -> tuple[PackedConnector, dict[str, str | None] | None]:
    settings = read_configuration(target.configuration, checked_folder(target.folder))
    return pack(target.folder, configuration=settings, allow_secrets=target.allow_secrets), settings
