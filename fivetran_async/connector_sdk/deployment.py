"""What is to be deployed where, and what became of it."""

import os
import re
from typing import Any, Final, TypeAlias

import attrs

from fivetran_async.connector_sdk.configuration import Configuration
from fivetran_async.errors import ArgumentError
from fivetran_async.models.connections import DestinationSchemaNames
from fivetran_async.models.groups import Group
from fivetran_async.models.setup_tests import SetupTest
from fivetran_async.resources._base import check_choice, check_flags, check_given, check_schedule, check_text
from fivetran_async.types import UNSET, Unset

SERVICE: Final = "connector_sdk"

_NAME: Final = re.compile(r"[a-z_][a-z0-9_]*")
_PYTHON: Final = re.compile(r"3\.[0-9]{1,2}")

AnyConfiguration: TypeAlias = Configuration | str | os.PathLike[str] | Unset | None


@attrs.frozen(kw_only=True)
class Target:
    """A connector, and where it is to be deployed; `deploy` describes the fields.

    Attributes:
        folder: The folder of the connector.
        group: The group, by its id, its name, or as a `Group`.
        connection: The name of the connection, which is its schema.
        configuration: What it is configured with.
        python_version: The Python that it runs on.
        paused: Whether it is paused.
        sync_frequency: Minutes between two syncs.
        destination_schema_names: Whose naming rules a new connection follows.
        hybrid_deployment_agent_id: The hybrid deployment agent to use.
        run_setup_tests: Whether to run the setup tests.
        keep_failed: Whether what was made stays when its setup tests fail.
        delete_replaced: Whether the package that was replaced is deleted.
        allow_secrets: Files that may hold what looks like a secret.
    """

    folder: str | os.PathLike[str]
    group: str | Group
    connection: str
    configuration: AnyConfiguration = attrs.field(default=UNSET, repr=False)
    python_version: str | None = None
    paused: bool | None = None
    sync_frequency: int | Unset = UNSET
    destination_schema_names: str | Unset = UNSET
    hybrid_deployment_agent_id: str | Unset = UNSET
    run_setup_tests: bool = True
    keep_failed: bool = False
    delete_replaced: bool = False
    allow_secrets: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])

    def check(self) -> None:
        """Refuse what the API would refuse only when half of the work is done.

        Raises:
            ArgumentError: An argument cannot be used; the message names it.
        """
        if not isinstance(self.group, Group):
            check_text(self.group, "group")
        if not isinstance(self.connection, str) or not _NAME.fullmatch(self.connection):
            raise ArgumentError(
                "connection must be lower-case letters, digits and underscores, without a digit at its beginning, "
                f"not {self.connection!r}"
            )
        version: Any = self.python_version
        if version is not None and not (isinstance(version, str) and _PYTHON.fullmatch(version)):
            raise ArgumentError(f"python_version must be a text such as '3.13', not {version!r}")
        check_schedule(self.sync_frequency, UNSET, UNSET)
        check_choice(self.destination_schema_names, "destination_schema_names", DestinationSchemaNames)
        check_given(hybrid_deployment_agent_id=self.hybrid_deployment_agent_id)
        check_flags(nullable=True, paused=self.paused)
        check_flags(
            run_setup_tests=self.run_setup_tests, keep_failed=self.keep_failed, delete_replaced=self.delete_replaced
        )


@attrs.frozen(kw_only=True)
class Deployment:
    """What a deployment did, or, as a dry run, would do.

    Attributes:
        connection_id: The connection; None where a dry run would make it.
        connection: Its name.
        group_id: The group that it is in.
        package_id: The package that it runs; None where a dry run would upload it.
        sha256: The hexadecimal SHA-256 of the package.
        created: Whether the connection is new.
        uploaded: Whether the package is.
        replaced_package_id: The package that the connection ran before; None when it still does, or is new.
        paused: Whether the connection is paused; no sync runs then.
        setup_tests: The results of the setup tests, if they ran.
        steps: What was done, in order, in words.
        calls: How many requests were sent.
        dry_run: Whether nothing was changed.
    """

    connection_id: str | None
    connection: str
    group_id: str
    package_id: str | None
    sha256: str
    created: bool
    uploaded: bool
    replaced_package_id: str | None = None
    paused: bool | None = None
    setup_tests: tuple[SetupTest, ...] = ()
    steps: tuple[str, ...] = ()
    calls: int = 0
    dry_run: bool = False
