"""Log services, secrets managers and transformations: what is refused unsent, and what is sent of a model."""

from collections.abc import Callable
from typing import Any

import pytest

from fivetran_async._converter import body_value
from fivetran_async.errors import ArgumentError, ConfirmationError
from fivetran_async.models._base import Model
from fivetran_async.models.external_secrets_managers import (
    ExternalSecretsEntity,
    ExternalSecretsManager,
    SecretsEntityType,
    SecretsManagerType,
)
from fivetran_async.models.log_services import LogService, LogServiceSetupState
from fivetran_async.models.transformation_projects import (
    TransformationProject,
    TransformationProjectConfig,
    TransformationProjectStatus,
    TransformationProjectType,
)
from fivetran_async.models.transformations import (
    DayOfWeek,
    Transformation,
    TransformationConfig,
    TransformationSchedule,
    TransformationScheduleType,
    TransformationStatus,
    TransformationStep,
    TransformationType,
)
from fivetran_async.operation import Operation, RateClass
from fivetran_async.resources.external_secrets_managers import ExternalSecretsManagers
from fivetran_async.resources.log_services import LogServices
from fivetran_async.resources.transformation_projects import TransformationProjects
from fivetran_async.resources.transformations import Transformations
from fivetran_async.types import UNSET

MASKED = {"host": "h", "deep": [{"secret": "******"}]}
# What is no boolean and no mapping.
TEXT: Any = "no"
NUMBER: Any = 0
NOTHING: Any = None
LIST: Any = []
INTEGRATED = {"schedule_type": "INTEGRATED"}
DBT = {"project_id": "p", "name": "n", "steps": []}


def project(**fields: Any) -> dict[str, Any]:
    """Return the arguments for a new project."""
    return {"group_id": "g", "type": "DBT_CORE", "project_config": {}, **fields}


def manager(**fields: Any) -> dict[str, Any]:
    """Return the arguments for a new secrets manager."""
    return {"type": "HASHICORP_VAULT", "name": "n", "config": {}, **fields}


REFUSED: list[tuple[Callable[[Any], Any], str]] = [
    (lambda p: LogServices(p).create(group_id="", service="s"), "group_id"),
    (lambda p: LogServices(p).create(group_id="g", service=" "), "service"),
    (lambda p: LogServices(p).create_account(service=""), "service"),
    (lambda p: LogServices(p).create(group_id="g", service="s", config=MASKED), r"config\.deep\[0\]\.secret"),
    (lambda p: LogServices(p).create_account(service="s", config=MASKED), "mask of a secret"),
    (lambda p: LogServices(p).update("l", config=MASKED), "mask of a secret"),
    (lambda p: LogServices(p).update_account(config=MASKED), "mask of a secret"),
    (lambda p: LogServices(p).update("l"), "nothing to change"),
    (lambda p: LogServices(p).update("l", config={}), "nothing to change"),
    (lambda p: LogServices(p).create(group_id="g", service="s", enabled=TEXT), "^enabled must be True or False"),
    (
        lambda p: LogServices(p).create_account(service="s", run_setup_tests=NUMBER),
        "^run_setup_tests must be True or False",
    ),
    (lambda p: LogServices(p).update("l", enabled=NOTHING), "^enabled must be True or False, not None"),
    (lambda p: LogServices(p).update_account(config=LIST), "^config must be a mapping, not list"),
    (lambda p: LogServices(p).update("l", config=MASKED, allow_masked=TEXT), "^allow_masked must be True or False"),
    (lambda p: LogServices(p).update("l", run_setup_tests=True), "nothing to change"),
    (lambda p: LogServices(p).update_account(run_setup_tests=True), "nothing to change"),
    (lambda p: ExternalSecretsManagers(p).create(**manager(type="KEYCHAIN")), "type must be one of"),
    (lambda p: ExternalSecretsManagers(p).create(**manager(type=None)), "type must be"),
    (lambda p: ExternalSecretsManagers(p).create(**manager(name="")), "name"),
    (lambda p: ExternalSecretsManagers(p).create(**manager(config=MASKED)), "mask of a secret"),
    (lambda p: ExternalSecretsManagers(p).update("e", config=MASKED), "mask of a secret"),
    (lambda p: ExternalSecretsManagers(p).create(**manager(config=None)), "^config must be a mapping, not NoneType"),
    (
        lambda p: ExternalSecretsManagers(p).create(**manager(is_hybrid_deployment="false")),
        "^is_hybrid_deployment must be True or False, not 'false'",
    ),
    (lambda p: ExternalSecretsManagers(p).update("e", config={}), "nothing to change: pass at least one of config"),
    (lambda p: ExternalSecretsManagers(p).update("e", config=TEXT), "^config must be a mapping, not str"),
    (lambda p: ExternalSecretsManagers(p).entities("e", type="").first(), "type"),
    (lambda p: ExternalSecretsManagers(p).list_entities(esm_id="").first(), "esm_id"),
    (lambda p: TransformationProjects(p).create(**project(group_id="")), "group_id"),
    (lambda p: TransformationProjects(p).create(**project(type="SQL")), "type must be one of"),
    (lambda p: TransformationProjects(p).create(**project(project_config=MASKED)), "mask of a secret"),
    (lambda p: TransformationProjects(p).update("p", project_config=MASKED), "mask of a secret"),
    (
        lambda p: TransformationProjects(p).update(
            "p", project_config=TransformationProjectConfig(environment_vars=("******",))
        ),
        r"project_config\.environment_vars\[0\]",
    ),
    (lambda p: TransformationProjects(p).create(**project(project_config=())), "^project_config must be a mapping"),
    (lambda p: TransformationProjects(p).create(**project(run_tests="no")), "^run_tests must be True or False"),
    (lambda p: TransformationProjects(p).update("p", run_tests=True), "nothing to change"),
    (lambda p: TransformationProjects(p).update("p", project_config={}, run_tests=True), "nothing to change"),
    (
        lambda p: TransformationProjects(p).update("p", project_config=TransformationProjectConfig()),
        "nothing to change",
    ),
    (lambda p: Transformations(p).list(type="SQL").first(), "type must be one of"),
    (lambda p: Transformations(p).list(group_id="").first(), "group_id"),
    (lambda p: Transformations(p).list(project_id="").first(), "project_id"),
    (lambda p: Transformations(p).list_package_metadata(service="").first(), "service"),
    (lambda p: Transformations(p).create(type="SQL", transformation_config=DBT), "type must be one of"),
    (lambda p: Transformations(p).create(type="DBT_CORE", transformation_config=TEXT), "^transformation_config must"),
    (
        lambda p: Transformations(p).create(type="DBT_CORE", transformation_config={**DBT, "project_id": ""}),
        r"^transformation_config\.project_id must be a text",
    ),
    (
        lambda p: Transformations(p).create(type="DBT_CORE", transformation_config=DBT, paused=TEXT),
        "^paused must be True or False, not 'no'",
    ),
    (lambda p: Transformations(p).update("t"), "nothing to change"),
    (lambda p: Transformations(p).update("t", transformation_config={}), "nothing to change"),
    (lambda p: Transformations(p).update("t", paused=NUMBER), "^paused must be True or False, not 0"),
    (lambda p: Transformations(p).run("t", full_refresh=TEXT), "^full_refresh must be True or False"),
]


@pytest.mark.parametrize(("ask", "said"), REFUSED)
async def test_what_is_refused(recorder: Any, ask: Callable[[Any], Any], said: str) -> None:
    """Otherwise a call would be spent on what the API refuses, or a mask take the place of a secret."""
    with pytest.raises(ArgumentError, match=said):
        await ask(recorder)
    assert recorder.asked == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("schedule_type", None),
        ("schedule_type", UNSET),
        ("schedule_type", "HOURLY"),
        ("time_of_day", "9:00"),
        ("time_of_day", "24:00"),
        ("time_of_day", "09:60"),
        ("time_of_day", "09:00\n"),
        ("time_of_day", 9),
        ("days_of_week", ["MONDAY", "FUNDAY"]),
        ("days_of_week", "MONDAY"),
        ("days_of_week", [1]),
        ("interval", 0),
        ("interval", "60"),
        ("interval", True),
        ("cron", "0 * * * *"),
        ("connection_ids", ["c", ""]),
        ("transformation_ids", "t"),
    ],
)
async def test_a_schedule_that_is_none(recorder: Any, field: str, value: Any) -> None:
    """Otherwise a transformation would run at another time than was meant, or never."""
    schedule = {**INTEGRATED, field: value}
    for ask in (
        Transformations(recorder).create(type="DBT_CORE", transformation_config=DBT, schedule=schedule),
        Transformations(recorder).update("t", schedule=schedule),
    ):
        with pytest.raises(ArgumentError, match=rf"schedule\.{field}"):
            await ask
    assert recorder.asked == []


@pytest.mark.parametrize("schedule", ["daily", None, 5, ["CRON"], {}, TransformationSchedule()])
async def test_what_is_no_schedule(recorder: Any, schedule: Any) -> None:
    """Otherwise something else would be sent in the place of a schedule."""
    with pytest.raises(ArgumentError, match="schedule"):
        await Transformations(recorder).update("t", schedule=schedule)


@pytest.mark.parametrize(
    ("schedule", "sent"),
    [
        (
            {**INTEGRATED, "connection_ids": [], "interval": None},
            {**INTEGRATED, "connection_ids": [], "interval": None},
        ),
        (TransformationSchedule(schedule_type="INTERVAL", interval=1), {"schedule_type": "INTERVAL", "interval": 1}),
        (
            TransformationSchedule(schedule_type="TIME_OF_DAY", time_of_day="23:30"),
            {"schedule_type": "TIME_OF_DAY", "time_of_day": "23:30", "days_of_week": []},
        ),
        (
            TransformationSchedule(schedule_type="TIME_OF_DAY", days_of_week=(DayOfWeek.MONDAY, "SUNDAY")),
            {"schedule_type": "TIME_OF_DAY", "days_of_week": ["MONDAY", "SUNDAY"]},
        ),
        (
            TransformationSchedule(schedule_type="CRON", cron=("0 * * * *",)),
            {"schedule_type": "CRON", "cron": ["0 * * * *"]},
        ),
    ],
)
async def test_a_schedule_as_it_is_sent(recorder: Any, schedule: Any, sent: Any) -> None:
    """Otherwise a schedule would carry lists that belong to another kind, or lose that it means every day."""
    await Transformations(recorder).update("t", schedule=schedule)
    (asked,) = recorder.asked
    assert {name: value for name, value in asked.body.items() if value is not UNSET} == {"schedule": sent}


@pytest.mark.parametrize(
    ("config", "sent"),
    [
        (TransformationConfig(configurable_variables={"v": []}), {"configurable_variables": {"v": []}}),
        (
            TransformationConfig(name="n", steps=(TransformationStep(name="s", command="dbt run"),)),
            {"name": "n", "steps": [{"name": "s", "command": "dbt run"}]},
        ),
        (
            TransformationConfig.from_dict({"excluded_models": ["m"], "connection_ids": [], "new": []}),
            {"excluded_models": ["m"], "new": []},
        ),
        ({"excluded_models": []}, {"excluded_models": []}),
    ],
)
async def test_a_model_sends_what_was_given(recorder: Any, config: Any, sent: Any) -> None:
    """Otherwise a change of one setting would empty lists of the other ones, or a list could not be emptied."""
    await Transformations(recorder).create(type="QUICKSTART", transformation_config=config)
    await Transformations(recorder).update("t", transformation_config=config)
    assert [body_value(asked.body["transformation_config"]) for asked in recorder.asked] == [sent, sent]


async def test_deleting_a_project_wants_to_be_confirmed(recorder: Any) -> None:
    """Otherwise a slip would delete a project for good."""
    with pytest.raises(ConfirmationError):
        await TransformationProjects(recorder).delete("p")
    assert recorder.asked == []
    await TransformationProjects(recorder).delete("p", confirm=True)
    await Transformations(recorder).delete("t")
    await LogServices(recorder).delete_account()
    assert [asked.ids for asked in recorder.asked] == [("p",), ("t",), ()]


async def test_a_mask_that_is_meant(recorder: Any) -> None:
    """Otherwise a secret of six asterisks could not be set."""
    await LogServices(recorder).update("l", config=MASKED, allow_masked=True)
    await ExternalSecretsManagers(recorder).update("e", config=MASKED, allow_masked=True)
    await TransformationProjects(recorder).update("p", project_config=MASKED, allow_masked=True)
    assert len(recorder.asked) == 3


class Classes:
    """Stands in for the pipeline and keeps the class of rates that a call counts in."""

    def __init__(self) -> None:
        self.seen: list[RateClass] = []

    async def call(self, operation: Operation[Any], *_: str, rate_class: Any = None, **__: Any) -> None:
        """Record a call."""
        self.seen.append(rate_class or operation.rate_class)


@pytest.mark.parametrize("run", [UNSET, False, True])
async def test_what_counts_as_a_setup_test(run: Any) -> None:
    """Otherwise the scarcer budget of setup tests would be overdrawn, or calls wait for it that run none."""
    classes: Any = Classes()
    await LogServices(classes).create(group_id="g", service="s", run_setup_tests=run)
    await LogServices(classes).create_account(service="s", run_setup_tests=run)
    await LogServices(classes).update("l", enabled=True, run_setup_tests=run)
    await LogServices(classes).update_account(enabled=True, run_setup_tests=run)
    assert set(classes.seen) == {RateClass.SETUP_TESTS if run is True else RateClass.ALL}
    classes.seen.clear()
    await TransformationProjects(classes).create(**project(run_tests=run))
    await TransformationProjects(classes).update("p", project_config={"threads": 2}, run_tests=run)
    assert set(classes.seen) == {RateClass.ALL if run is False else RateClass.SETUP_TESTS}


NEW = "OF_TOMORROW"


@pytest.mark.parametrize(
    ("model", "path", "kind"),
    [
        (LogService, "status.setup_state", LogServiceSetupState),
        (ExternalSecretsManager, "type", SecretsManagerType),
        (ExternalSecretsEntity, "type", SecretsEntityType),
        (Transformation, "type", TransformationType),
        (Transformation, "status", TransformationStatus),
        (Transformation, "schedule.schedule_type", TransformationScheduleType),
        (Transformation, "schedule.days_of_week", DayOfWeek),
        (TransformationProject, "type", TransformationProjectType),
        (TransformationProject, "status", TransformationProjectStatus),
    ],
)
def test_what_is_new_tomorrow(model: type[Model], path: str, kind: type) -> None:
    """Otherwise a value of tomorrow would break today's client."""
    outer, _, inner = path.partition(".")
    sent = [NEW] if inner == "days_of_week" else NEW
    found = getattr(model.from_dict({"id": "i", "service": "s", outer: {inner: sent} if inner else sent}), outer)
    value = getattr(found, inner) if inner else found
    assert value == ((NEW,) if inner == "days_of_week" else NEW)
    assert isinstance(value[0] if isinstance(value, tuple) else value, kind)


def test_environment_variables_stay_out_of_the_repr() -> None:
    """Otherwise a password for dbt would stand in a log."""
    config = TransformationProjectConfig(environment_vars=("DBT_PASSWORD=s3cret",))
    assert "s3cret" not in repr(TransformationProject(id="p", project_config=config))
