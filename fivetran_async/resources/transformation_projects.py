"""Transformation projects: dbt projects of your own."""

from fivetran_async import operations as ops
from fivetran_async._pipeline import changed, confirmed
from fivetran_async.models.transformation_projects import (
    TransformationProject,
    TransformationProjectConfig,
    TransformationProjectType,
)
from fivetran_async.paging import Pager
from fivetran_async.resources._base import (
    Resource,
    check_choice,
    check_flags,
    check_mappings,
    check_text,
    check_unmasked,
    tests_unless_told,
)
from fivetran_async.types import UNSET, JsonObject, Unset


class TransformationProjects(Resource):
    """Transformation projects.

    API: https://fivetran.com/docs/rest-api/api-reference/transformation-projects-management.
    """

    def list(self, *, page_size: int = 1000, cursor: str | None = None) -> Pager[TransformationProject]:
        """List the transformation projects of the account.

        Args:
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page. The items carry no `status` and no `project_config`.
        """
        return self._pager(ops.LIST_ALL_TRANSFORMATION_PROJECTS, page_size=page_size, cursor=cursor)

    async def get(self, project_id: str) -> TransformationProject:
        """Return a transformation project.

        Args:
            project_id: The project.

        Returns:
            The project. Costs one call.

        Raises:
            NotFoundError: There is no such project.
        """
        return await self._pipeline.call(ops.TRANSFORMATION_PROJECT_DETAILS, project_id)

    async def create(
        self,
        *,
        group_id: str,
        type: str,
        project_config: TransformationProjectConfig | JsonObject,
        run_tests: bool | Unset = UNSET,
        allow_masked: bool = False,
    ) -> TransformationProject:
        """Make a transformation project.

        Args:
            group_id: The group to whose destination it writes.
            type: `DBT_CORE`.
            project_config: Where the dbt project is, and how it runs; `dbt_version`, `default_schema` and
                `git_remote_url` are needed.
            run_tests: Whether to test it, which may take minutes.
            allow_masked: Whether to send `******`, the mask of a secret, as a value.

        Returns:
            The new project. Its `project_config.public_key` has to be allowed to read the repository. Costs one
            call, of the setup-test class unless `run_tests=False`; it is not repeated when its outcome is unknown.

        Raises:
            ArgumentError: Something was refused before it was sent.
            BadRequestError: The API refuses the settings.
            NotFoundError: There is no such group.
        """
        check_text(group_id, "group_id")
        check_text(type, "type")
        check_choice(type, "type", TransformationProjectType)
        check_mappings(project_config=project_config)
        check_flags(run_tests=run_tests)
        check_unmasked(allow_masked, project_config=project_config)
        return await self._pipeline.call(
            ops.CREATE_TRANSFORMATION_PROJECT,
            rate_class=tests_unless_told(run_tests),
            body={"group_id": group_id, "type": type, "run_tests": run_tests, "project_config": project_config},
        )

    async def update(
        self,
        project_id: str,
        *,
        project_config: TransformationProjectConfig | JsonObject | Unset = UNSET,
        run_tests: bool | Unset = UNSET,
        allow_masked: bool = False,
    ) -> TransformationProject:
        """Change a transformation project. What is left out stays as it is.

        Args:
            project_id: The project.
            project_config: What changes of `folder_path`, `git_branch`, `threads`, `target_name` and
                `environment_vars`. A model's empty list is left out; to send one, pass a mapping.
            run_tests: Whether to test it, which may take minutes.
            allow_masked: Whether to send `******`, the mask of a secret, as a value.

        Returns:
            The project as it is now. Costs one call, of the setup-test class unless `run_tests=False`.

        Raises:
            ArgumentError: Nothing would change, or something was refused before it was sent.
            BadRequestError: The API refuses the settings.
            NotFoundError: There is no such project.
        """
        check_mappings(project_config=project_config)
        check_flags(run_tests=run_tests)
        check_unmasked(allow_masked, project_config=project_config)
        return await self._pipeline.call(
            ops.MODIFY_TRANSFORMATION_PROJECT,
            project_id,
            body=changed({"run_tests": run_tests, "project_config": project_config}, besides=("run_tests",)),
            rate_class=tests_unless_told(run_tests),
        )

    async def delete(self, project_id: str, *, confirm: bool = False) -> None:
        """Delete a transformation project.

        Costs one call.

        Args:
            project_id: The project.
            confirm: Must be True: what is deleted cannot be brought back.

        Raises:
            ConfirmationError: `confirm` is not True; nothing was sent.
            NotFoundError: There is no such project.
        """
        confirmed(f"transformation_projects.delete({project_id!r}) deletes the project", confirm=confirm)
        return await self._pipeline.call(ops.DELETE_TRANSFORMATION_PROJECT, project_id)

    async def test(self, project_id: str) -> TransformationProject:
        """Run the setup tests of a transformation project.

        Args:
            project_id: The project.

        Returns:
            The project with the results of its setup tests. Costs one call, of the setup-test class; it may take
            minutes.

        Raises:
            NotFoundError: There is no such project.
        """
        return await self._pipeline.call(ops.TEST_TRANSFORMATION_PROJECT, project_id)
