"""Transformation projects: dbt projects of your own, and how Fivetran gets at them."""

from typing import TYPE_CHECKING, TypeAlias

import attrs

from fivetran_async.models._base import Model, OpenEnum, Timestamp
from fivetran_async.models.setup_tests import SetupTest


class TransformationProjectType(OpenEnum):
    """What kind of project it is."""

    DBT_CORE = "DBT_CORE"


class TransformationProjectStatus(OpenEnum):
    """Whether the transformations of a project can run."""

    NOT_READY = "NOT_READY"
    READY = "READY"
    ERROR = "ERROR"


if TYPE_CHECKING:
    AnyTransformationProjectType: TypeAlias = TransformationProjectType | str
    AnyTransformationProjectStatus: TypeAlias = TransformationProjectStatus | str
else:
    AnyTransformationProjectType = TransformationProjectType
    AnyTransformationProjectStatus = TransformationProjectStatus


@attrs.frozen(kw_only=True)
class TransformationProjectConfig(Model):
    """Where a dbt project is, and how it runs.

    Attributes:
        dbt_version: The version of dbt, such as `1.8.5`.
        default_schema: The schema of the destination that it writes to.
        git_remote_url: The repository, by SSH.
        folder_path: Where the project is in the repository.
        git_branch: The branch.
        threads: How many threads dbt uses.
        target_name: The name of dbt's target.
        environment_vars: Environment variables, each `"DBT_NAME=value"`.
        public_key: The SSH key that has to be allowed to read the repository.
    """

    dbt_version: str | None = None
    default_schema: str | None = None
    git_remote_url: str | None = None
    folder_path: str | None = None
    git_branch: str | None = None
    threads: int | None = None
    target_name: str | None = None
    environment_vars: tuple[str, ...] = attrs.field(default=(), repr=False)
    public_key: str | None = None


@attrs.frozen(kw_only=True)
class TransformationProject(Model):
    """A transformation project.

    Attributes:
        id: The project.
        type: What kind of project it is.
        status: Whether its transformations can run. Not in lists.
        errors: What is wrong with it. Not in lists.
        created_at: When it was made.
        created_by_id: The user or the system key that made it.
        group_id: Its group, and so the destination that it writes to.
        setup_tests: The results of setup tests, where the call ran them.
        project_config: Where it is, and how it runs. Not in lists.
    """

    id: str
    type: AnyTransformationProjectType | None = None
    status: AnyTransformationProjectStatus | None = None
    errors: tuple[str, ...] = ()
    created_at: Timestamp | None = None
    created_by_id: str | None = None
    group_id: str | None = None
    setup_tests: tuple[SetupTest, ...] = ()
    project_config: TransformationProjectConfig | None = None
