"""Deployments: what is sent and what is not, and that a failure leaves things as they were."""

from __future__ import annotations

import logging
import pickle
import traceback

import pytest
from deploy_stage import CODE, connector

from fivetran_async.errors import (
    AmbiguousNameError,
    ArgumentError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    ReadOnlyError,
    ServerError,
    SetupTestsFailedError,
    TransportError,
)

SECRET = "hunter22-very-secret"
OTHER = CODE + "\n# changed\n"
PACKAGES = "/v1/connector-sdk/packages"


@pytest.fixture
def folder(tmp_path):
    """Return the folder of a connector with a configuration."""
    return connector(tmp_path / "shop", api_key=SECRET, region=None)


async def test_a_new_connection(stage, folder):
    """A deployment would send something else than it should, or not say what it did."""
    done = await stage.deploy(folder, python_version="3.13", sync_frequency=60)
    (made,) = stage.connections
    assert (done.connection_id, done.connection, done.group_id) == (made["id"], "shop", stage.group)
    assert (done.created, done.uploaded, done.paused, done.dry_run) == (True, True, True, False)
    assert {done.package_id} == stage.packages
    assert made["config"] == {
        "schema": "shop",
        "package_id": done.package_id,
        "python_version": "3.13",
        "secrets_list": [{"key": "api_key", "value": SECRET}, {"key": "region", "value": None}],
    }
    assert (made["paused"], made["sync_frequency"], made["status"]["setup_state"]) == (True, 60, "connected")
    assert [test.status for test in done.setup_tests] == ["PASSED", "PASSED"]
    assert stage.calls() == [
        "GET /v1/groups",
        "GET /v1/connections",
        f"POST {PACKAGES}",
        "POST /v1/connections",
        "POST /v1/connections/<connection>/test",
    ]
    assert done.calls == 5
    assert stage.body(0)["run_setup_tests"] is False
    package = stage.box.account.things["connector_packages"][done.package_id]
    assert package["file_sha256_hash"] == done.sha256 == stage.sdk.pack(folder).sha256
    assert done.steps == (
        "upload package: 2 files, 399 bytes",
        f"create connection shop in group {stage.group}, paused",
        "run setup tests",
    )


async def test_the_pause_ends_after_the_tests(stage, folder):
    """A sync would begin before anybody knows whether the connection works."""
    done = await stage.deploy(folder, paused=False)
    assert stage.body(0)["paused"] is True
    assert stage.calls()[-2:] == ["POST /v1/connections/<connection>/test", "PATCH /v1/connections/<connection>"]
    assert (done.paused, stage.connections[0]["paused"], done.steps[-1]) == (False, False, "end the pause")
    again = await stage.deploy(folder, paused=True, configuration=None)
    assert (again.paused, stage.connections[0]["paused"]) == (True, True)


async def test_the_same_bytes_are_not_sent_again(stage, folder):
    """Each deployment would upload a package, and leave one behind."""
    first = await stage.deploy(folder)
    before = stage.box.calls
    again = await stage.deploy(folder)
    assert (again.created, again.uploaded, again.package_id) == (False, False, first.package_id)
    assert again.connection_id == first.connection_id
    assert stage.calls()[before:] == [
        "GET /v1/groups",
        "GET /v1/connections",
        "GET /v1/connections/<connection>",
        f"GET {PACKAGES}/<package>",
        "PATCH /v1/connections/<connection>",
        "POST /v1/connections/<connection>/test",
    ]
    assert stage.body(2) == {
        "config": {"secrets_list": [{"key": "api_key", "value": SECRET}, {"key": "region", "value": None}]},
        "run_setup_tests": False,
    }
    assert again.steps[0] == f"keep package {first.package_id}: it has these bytes already"


async def test_nothing_to_do_costs_no_change(stage, folder):
    """A connection that is as it should be would be changed and tested."""
    await stage.deploy(folder)
    before = stage.box.calls
    done = await stage.deploy(folder, configuration=None, python_version="3.14", sync_frequency=360, paused=True)
    assert all(call.startswith("GET ") for call in stage.calls()[before:])
    assert (done.uploaded, done.setup_tests, done.calls) == (False, (), 4)


async def test_other_bytes_are_bound_to_the_connection(stage, folder):
    """The connection would go on with its old code, or lose its configuration, or somebody's package be deleted."""
    first = await stage.deploy(folder)
    connector(folder, OTHER)
    done = await stage.deploy(folder, configuration=None, python_version="3.12")
    (made,) = stage.connections
    assert done.connection_id == first.connection_id
    assert (done.uploaded, done.replaced_package_id) == (True, first.package_id)
    assert (made["config"]["package_id"], made["config"]["python_version"]) == (done.package_id, "3.12")
    assert made["config"]["secrets_list"][0] == {"key": "api_key", "value": SECRET}
    assert stage.packages == {first.package_id, done.package_id}
    connector(folder, CODE + "# again\n")
    third = await stage.deploy(folder, delete_replaced=True)
    assert stage.packages == {first.package_id, third.package_id}
    assert third.steps[-1] == f"delete package {done.package_id}, which was replaced"


async def test_a_dry_run_changes_nothing(stage, folder):
    """Somebody who only wants to know would deploy."""
    done = await stage.deploy(folder, dry_run=True, paused=False)
    assert (done.created, done.uploaded, done.connection_id, done.package_id, done.dry_run) == (
        *(True, True),
        *(None, None),
        True,
    )
    assert [step.split()[0] for step in done.steps] == ["upload", "create", "run", "end"]
    assert done.calls == 2
    first = await stage.deploy(folder)
    connector(folder, OTHER)
    before = stage.box.calls
    done = await stage.deploy(folder, dry_run=True, delete_replaced=True)
    assert all(call.startswith("GET ") for call in stage.calls()[before:])
    assert (done.created, done.uploaded, done.replaced_package_id) == (False, True, first.package_id)
    assert [step.split()[0] for step in done.steps] == ["upload", "change", "run", "delete"]


@pytest.mark.parametrize("how", ["id", "name", "object"])
async def test_a_group_by_any_name(stage, folder, how):
    """Whoever has the name of a group, or its id, would have to look up the other."""
    groups = {"id": stage.group, "name": "Warehouse"}
    group = groups.get(how) or await stage.colour.call(stage.ft.groups.get, stage.group)
    assert (await stage.deploy(folder, group=group)).group_id == stage.group


async def test_groups_that_are_none_or_several(stage, folder):
    """A connector would be deployed to any group of the name, or nobody be told that there is none."""
    with pytest.raises(NotFoundError, match="there is no group of the name 'Nowhere'"):
        await stage.deploy(folder, group="Nowhere")
    stage.box.account.add_group(name="Warehouse")
    with pytest.raises(AmbiguousNameError, match="2 groups have the name 'Warehouse'"):
        await stage.deploy(folder)
    assert not stage.packages


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"connection": "Shop"}, "connection must be lower-case letters"),
        ({"connection": "9shop"}, "connection must be lower-case letters"),
        ({"group": ""}, "group must be a text that is not empty"),
        ({"python_version": "2.7"}, r"python_version must be a text such as '3\.13'"),
        ({"python_version": 3.13}, "python_version must be a text"),
        ({"sync_frequency": 7}, "sync_frequency must be one of"),
        ({"sync_frequency": "360"}, "sync_frequency must be one of"),
        ({"destination_schema_names": "MINE"}, "destination_schema_names must be one of"),
        ({"paused": "no"}, "paused must be True or False"),
        ({"dry_run": "no"}, "dry_run must be True or False"),
        ({"run_setup_tests": None}, "run_setup_tests must be True or False"),
        ({"configuration": {"n": 1}}, "n must be a text, not int"),
        ({"configuration": {"key": "******"}}, "the mask of a secret"),
        ({"configuration": 7}, "configuration must be a mapping or the path of a file"),
        ({"configuration": "/nowhere.json"}, "cannot be read"),
        ({"allow_secrets": "x.py"}, "allow_secrets must be a list of paths"),
    ],
)
async def test_what_is_refused_before_anything_is_sent(stage, folder, options, reason):
    """A mistake would be found out when half of the work is done."""
    with pytest.raises(ArgumentError, match=reason):
        await stage.deploy(folder, **options)
    assert stage.box.calls == 0


async def test_a_secret_in_a_file_is_refused(stage, folder):
    """A secret would be uploaded."""
    (folder / "notes.py").write_text(f"KEY = '{SECRET}'\n")
    with pytest.raises(ArgumentError, match=r"notes\.py:1"):
        await stage.deploy(folder)
    assert stage.box.calls == 0
    assert (await stage.deploy(folder, allow_secrets=["notes.py"])).created


async def test_secrets_are_never_shown(stage, folder, caplog):
    """The configuration would stand in a log, an error, or a result."""
    caplog.set_level(logging.DEBUG)
    done = await stage.deploy(folder)
    shown = [repr(done), str(done.steps), caplog.text, repr(stage.sdk.Target(folder=folder, group="x", connection="y"))]
    target = stage.sdk.Target(folder=folder, group="x", connection="y", configuration={"api_key": SECRET})
    stage.box.faults.script("PATCH", "/v1/connections/*", status=400, times=2)
    with pytest.raises(BadRequestError) as caught:
        await stage.deploy(folder)
    shown += [repr(target), *traceback.format_exception(caught.value), repr(pickle.loads(pickle.dumps(caught.value)))]  # noqa: S301
    assert SECRET not in "".join(shown)


async def test_another_service_is_refused(stage, folder):
    """Another kind of connection would be given a package."""
    stage.box.account.add_connection(stage.group, "postgres", schema="shop")
    with pytest.raises(ArgumentError, match="is a connection of the service postgres, and no custom connector"):
        await stage.deploy(folder)
    assert not stage.packages


async def test_a_shared_package_is_refused(stage, folder):
    """One of those who share a package would be given another, and the others be left behind."""
    done = await stage.deploy(folder)
    config = {"schema": "other", "package_id": done.package_id}
    other = stage.box.account.add_connection(stage.group, "connector_sdk", schema="other", config=config)
    connector(folder, OTHER)
    with pytest.raises(ArgumentError, match=f"is shared: {other['id']} run it as well"):
        await stage.deploy(folder)
    assert stage.packages == {done.package_id}


async def test_a_refused_create_leaves_nothing(stage, folder):
    """A package would stay that nobody uses."""
    stage.box.faults.script("POST", "/v1/connections", status=400)
    with pytest.raises(BadRequestError) as caught:
        await stage.deploy(folder)
    assert not stage.packages
    assert not stage.connections
    assert not getattr(caught.value, "__notes__", ())


async def test_a_name_that_was_taken_meanwhile_leaves_nothing(stage, folder):
    """Whoever comes second would leave a package, or take the first one's connection."""
    stage.box.faults.script("POST", "/v1/connections", status=409)
    with pytest.raises(ConflictError):
        await stage.deploy(folder)
    assert not stage.packages


async def test_failed_setup_tests_leave_nothing(stage, folder):
    """A connection would stay that does not work, in the way of the next attempt."""
    stage.box.faults.script("POST", "/v1/connections/*/test", status=200, body=_failed_tests(), times=2)
    with pytest.raises(SetupTestsFailedError, match="no such host"):
        await stage.deploy(folder)
    assert not stage.packages
    assert not stage.connections
    with pytest.raises(SetupTestsFailedError) as caught:
        await stage.deploy(folder, keep_failed=True)
    (made,) = stage.connections
    assert stage.packages == {made["config"]["package_id"]}
    assert caught.value.__notes__ == [f"connection {made['id']} and package {made['config']['package_id']} were kept"]


async def test_failed_setup_tests_bring_the_old_package_back(stage, folder):
    """A connection that worked would go on with code that does not."""
    first = await stage.deploy(folder, python_version="3.12", sync_frequency=60)
    connector(folder, OTHER)
    stage.box.faults.script("POST", "/v1/connections/*/test", status=200, body=_failed_tests())
    with pytest.raises(SetupTestsFailedError):
        await stage.deploy(folder, python_version="3.13", sync_frequency=120)
    (made,) = stage.connections
    assert (made["config"]["package_id"], made["config"]["python_version"]) == (first.package_id, "3.12")
    assert made["sync_frequency"] == 60
    assert stage.packages == {first.package_id}


async def test_what_cannot_be_removed_is_named(stage, folder):
    """Nobody would know what a failure has left."""
    stage.box.faults.script("POST", "/v1/connections", status=400)
    stage.box.faults.script("DELETE", f"{PACKAGES}/*", status=403)
    with pytest.raises(BadRequestError) as caught:
        await stage.deploy(folder)
    (package,) = stage.packages
    (note,) = caught.value.__notes__
    assert note.startswith(f"package {package} was made, and is still there: ")


@pytest.mark.parametrize("drop", ["after", "before"])
async def test_an_upload_whose_answer_is_lost(stage, folder, drop):
    """A package would be uploaded twice, or one that arrived be left."""
    stage.box.faults.script("POST", PACKAGES, drop=drop)
    if drop == "before":
        with pytest.raises(TransportError):
            await stage.deploy(folder)
        assert not stage.packages
        return
    done = await stage.deploy(folder)
    assert stage.packages == {done.package_id}
    assert stage.calls().count(f"POST {PACKAGES}") == 1
    assert f"find package {done.package_id}, whose upload was not answered" in done.steps


async def test_a_package_of_the_same_bytes_is_not_taken_for_ours(stage, folder):
    """A lost answer would let a deployment take, and then delete, a package that somebody else uploaded long ago."""
    older = await stage.colour.call(stage.ft.connector_packages.create, file=stage.sdk.pack(folder).content)
    stage.box.clock.advance(3600)
    stage.box.faults.script("POST", PACKAGES, drop="before")
    with pytest.raises(TransportError):
        await stage.deploy(folder)
    assert stage.packages == {older.id}


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"status": 502}])
async def test_a_create_whose_answer_is_lost(stage, folder, fault):
    """A connection would be made twice, or stay unknown with its package deleted under it."""
    stage.box.faults.script("POST", "/v1/connections", **fault)
    if "status" in fault:
        with pytest.raises(ServerError):
            await stage.deploy(folder)
        assert not stage.packages
        return
    done = await stage.deploy(folder)
    (made,) = stage.connections
    assert (done.connection_id, made["config"]["package_id"]) == (made["id"], done.package_id)
    assert stage.calls().count("POST /v1/connections") == 1
    assert f"find connection {made['id']}, whose creation was not answered" in done.steps


async def test_somebody_elses_connection_is_not_taken_for_ours(stage, folder):
    """A connection that somebody else made meanwhile would be taken, tested and deleted."""
    # The package gets its id just before the connection is to be made.
    mint = stage.box.account.mint

    def meanwhile():
        stage.box.account.mint = mint
        stage.box.account.add_connection(stage.group, "connector_sdk", schema="shop")
        return mint()

    stage.box.account.mint = meanwhile
    stage.box.faults.script("POST", "/v1/connections", drop="before")
    with pytest.raises(TransportError):
        await stage.deploy(folder)
    (other,) = stage.connections
    assert "package_id" not in other["config"]
    assert not stage.packages


async def test_a_package_that_is_gone_is_uploaded(stage, folder):
    """A connection whose package somebody deleted could not be deployed any more."""
    first = await stage.deploy(folder)
    del stage.box.account.things["connector_packages"][first.package_id]
    done = await stage.deploy(folder)
    assert (done.uploaded, {done.package_id}) == (True, stage.packages)


async def test_a_client_that_may_only_read(stage, folder):
    """A deployment through a client that may only read would begin."""
    ft = stage.ft.with_options(read_only=True)
    with pytest.raises(ReadOnlyError):
        await stage.colour.call(stage.sdk.deploy, ft, folder, group="Warehouse", connection="shop")
    assert all(call.startswith("GET ") for call in stage.calls())
    assert (
        await stage.colour.call(stage.sdk.deploy, ft, folder, group="Warehouse", connection="shop", dry_run=True)
    ).dry_run


async def test_many_at_once(stage, tmp_path):
    """One that fails would end the others, groups be read for each, or two of them share a package."""
    same = connector(tmp_path / "same")
    targets = [
        stage.sdk.Target(folder=same, group="Warehouse", connection=f"shop_{number}", configuration={"n": str(number)})
        for number in range(12)
    ]
    targets.append(stage.sdk.Target(folder=tmp_path / "nowhere", group="Warehouse", connection="broken"))
    stage.box.faults.script("POST", PACKAGES, drop="after", skip=3, times=2)
    results = await stage.do("deploy_all", targets, concurrency=4)
    assert [result.item.connection for result in results] == [target.connection for target in targets]
    assert [result.ok for result in results] == [True] * 12 + [False]
    assert isinstance(results[-1].error, ArgumentError)
    assert len({result.value.package_id for result in results[:-1]}) == 12
    assert len({result.value.sha256 for result in results[:-1]}) == 1
    assert len(stage.packages) == 12
    assert stage.calls().count("GET /v1/groups") == 1
    by_name = {one["schema"]: one for one in stage.connections}
    assert by_name["shop_7"]["config"]["secrets_list"] == [{"key": "n", "value": "7"}]
    again = await stage.do("deploy_all", targets[:-1], concurrency=4)
    assert [result.unwrap().uploaded for result in again] == [False] * 12


async def test_targets_that_are_none(stage, folder):
    """A target that is none, or is named twice, would be found out when others were deployed."""
    target = stage.sdk.Target(folder=folder, group="Warehouse", connection="shop")
    for targets, reason in (([target, target], "is named twice"), ([folder], "must be of the type Target")):
        with pytest.raises(ArgumentError, match=reason):
            await stage.do("deploy_all", targets)
    assert stage.box.calls == 0


async def test_the_other_colours_client_is_refused(stage, folder):
    """Somebody who took the wrong package would meet an error from deep inside."""
    if stage.colour.name == "sync":
        return
    from fivetran_sync import Fivetran  # noqa: PLC0415 - the other colour

    with (
        Fivetran(api_key="k", api_secret="s") as other,
        pytest.raises(ArgumentError, match=r"fivetran_sync\.connector"),
    ):
        await stage.sdk.deploy(other, folder, group="Warehouse", connection="shop")


def _failed_tests() -> bytes:
    return (
        b'{"code":"Success","data":{"id":"x","service":"connector_sdk","setup_tests":'
        b'[{"title":"Connecting","status":"FAILED","message":"no such host"}]}}'
    )
