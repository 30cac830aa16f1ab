"""Setup tests and runs of transformations that are waited for, in both colours."""

from __future__ import annotations

import pytest

from fivetran_async.errors import (
    ArgumentError,
    DeadlineExceededError,
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    ReadOnlyError,
    SetupTestsFailedError,
    TransformationFailedError,
    TransformationTimeoutError,
)
from fivetran_async.models.transformations import TransformationStatus
from fivetran_async.retry import RetryPolicy

pytestmark = pytest.mark.usefixtures("hurry")


async def test_setup_tests_that_pass(colour, ft, plant, count):
    """Tests would be run twice, or their results be lost."""
    name = plant()
    tested = await colour.call(ft.connections.test_and_wait, name)
    assert [test.status for test in tested.setup_tests] == ["PASSED", "PASSED"]
    assert count("POST", "/test") == 1


async def test_setup_tests_that_fail(colour, ft, plant):
    """A deployment would go on with a connection that cannot connect."""
    name = plant(status={"setup_state": "broken"})
    with pytest.raises(SetupTestsFailedError, match=rf"1 of 2 setup tests of {name} failed: Connecting") as caught:
        await colour.call(ft.connections.test_and_wait, name)
    assert [test.status for test in caught.value.tests] == ["FAILED"]
    assert caught.value.result.id == name
    unchecked = await colour.call(ft.connections.test_and_wait, name, check=False)
    assert len(unchecked.setup_tests) == 2


async def test_setup_tests_of_a_destination(colour, ft, box):
    """A destination could not be tested as a connection can."""
    well, broken, *_ = box.account.groups
    box.account.destinations.clear()
    box.account.add_destination(well, config={"host": "example.snowflakecomputing.com", "password": "pw"})
    box.account.add_destination(broken, setup_status="broken")
    assert (await colour.call(ft.destinations.test_and_wait, well, timeout=600)).id == well
    with pytest.raises(SetupTestsFailedError, match="could not be reached"):
        await colour.call(ft.destinations.test_and_wait, broken)


async def test_trust_is_passed_on(colour, ft, box, plant):
    """Certificates would not be trusted that the caller trusts."""
    await colour.call(ft.connections.test_and_wait, plant(), trust_certificates=True, trust_fingerprints=False)
    assert box.requests[-1].body == b'{"trust_certificates":true,"trust_fingerprints":false}'


async def test_tests_whose_answer_was_lost(colour, ft, box, plant, count):
    """Tests that take long would fail with every proxy on the way that is less patient."""
    box.faults.script("POST", "/v1/connections", drop="after", times=6)
    tested = await colour.call(ft.connections.test_and_wait, plant(), timeout=3600)
    assert tested.setup_tests
    assert count("POST", "/test") == 7


async def test_tests_that_are_never_answered(colour, ft, box, plant):
    """A wait for tests would never end, or not tell what kept them from being answered."""
    box.faults.script("POST", "/v1/connections", status=503, times=None)
    with pytest.raises(DeadlineExceededError, match=r"not answered within 300 s, in \d+ attempts; .* 503") as caught:
        await colour.call(ft.connections.test_and_wait, plant(), timeout=300)
    assert caught.value.attempts


async def test_tests_that_are_put_off_for_longer_than_there_is_time(colour, ft, box, plant, count):
    """A wait would sleep towards an end that it cannot meet."""
    box.faults.script("POST", "/v1/connections", status=429, headers={"Retry-After": "3600"})
    with pytest.raises(RateLimitedError):
        await colour.call(ft.connections.test_and_wait, plant(), timeout=1800)
    assert count("POST", "/test") == 1
    assert box.clock.elapsed() < 1800


async def test_tests_that_cannot_be_run(colour, ft, box, plant, count):
    """What is refused for good would be tried until the time is over."""
    with pytest.raises(NotFoundError):
        await colour.call(ft.connections.test_and_wait, "nope")
    box.faults.script("POST", "/v1/connections", status=403)
    with pytest.raises(ForbiddenError):
        await colour.call(ft.connections.test_and_wait, plant())
    assert count("POST", "/test") == 2
    client = colour.client(box, read_only=True)
    with pytest.raises(ReadOnlyError):
        await colour.call(client.connections.test_and_wait, plant())
    await colour.call(client.close)
    with pytest.raises(ArgumentError, match="timeout"):
        await colour.call(ft.destinations.test_and_wait, "d", timeout=0)


async def test_tests_that_take_longer_than_a_call_may(colour, box, plant, count):
    """Tests of ten minutes would be broken off, and begun again, for ever."""
    client = colour.client(box, timeout=0.3, retry=RetryPolicy(attempts=1))
    box.faults.script("POST", "/v1/connections", delay=0.6, times=None)
    with pytest.raises(DeadlineExceededError):
        await colour.call(client.connections.test_and_wait, plant(), timeout=100)
    await colour.call(client.close)
    box.faults.clear()
    box.faults.script("POST", "/v1/connections", delay=0.6)
    from fivetran_async import Timeout  # noqa: PLC0415

    client, before = colour.client(box, timeout=Timeout(read=0.3)), count("POST", "/test")
    assert (await colour.call(client.connections.test_and_wait, plant(), timeout=1e6)).setup_tests
    assert count("POST", "/test") == before + 1
    await colour.call(client.close)


@pytest.fixture
def transformation(box):
    """Make a transformation whose runs take a minute, and return its id."""

    def make(outcome="SUCCEEDED", seconds=60.0, **fields):
        name = f"t{len(box.account.things['transformations'])}"
        project = box.account.things["transformation_projects"].setdefault("p", {"id": "p", "status": "READY"})
        given = {
            "id": name,
            "type": "DBT_CORE",
            "transformation_config": {"project_id": project["id"], "name": name, "steps": []},
            "sandbox": {"outcome": outcome, "seconds": seconds},
        }
        box.account.things["transformations"][name] = given | fields
        return name

    return make


async def test_a_run(colour, ft, transformation, count):
    """A run would not be started, or its end not be seen."""
    name = transformation()
    seen = []
    result = await colour.call(ft.transformations.run_and_wait, name, on_poll=seen.append)
    assert (result.ok, result.status) == (True, TransformationStatus.SUCCEEDED)
    assert result.duration == pytest.approx(60, abs=1)
    assert result.transformation.id == name
    assert seen[-1] == result.transformation
    assert count("POST", "/run") == 1
    assert (await colour.call(ft.transformations.run_and_wait, name)).started > result.ended


@pytest.mark.parametrize("outcome", ["FAILED", "PARTIALLY_SUCCEEDED"])
async def test_a_run_that_fails(colour, ft, transformation, outcome):
    """A run that failed would pass for one that did not."""
    name = transformation(outcome)
    with pytest.raises(TransformationFailedError, match=f"ended with {outcome}") as caught:
        await colour.call(ft.transformations.run_and_wait, name)
    assert caught.value.result.status == outcome
    assert not (await colour.call(ft.transformations.run_and_wait, name, check=False)).ok


async def test_a_run_that_is_cancelled(colour, ft, box, transformation):
    """A run that somebody stops would be waited for."""
    name = transformation(seconds=1e6)

    def cancel(seen):
        if seen.status == TransformationStatus.RUNNING:
            from fivetran_async.sandbox.engine import transformations  # noqa: PLC0415

            with box.account.lock:
                transformations.cancel(box.account, box.account.things["transformations"][name])

    with pytest.raises(TransformationFailedError, match="CANCELED"):
        await colour.call(ft.transformations.run_and_wait, name, on_poll=cancel)


async def test_a_run_that_is_blocked(colour, ft, box, transformation):
    """A run that cannot begin would be waited for."""
    name = transformation()
    box.account.things["transformation_projects"]["p"]["status"] = "NOT_READY"
    with pytest.raises(TransformationFailedError, match="blocked"):
        await colour.call(ft.transformations.run_and_wait, name)


async def test_a_run_that_takes_too_long(colour, ft, transformation):
    """A run that hangs would be waited for, for ever."""
    with pytest.raises(TransformationTimeoutError, match=r"within 100 s; after \d+ looks it was RUNNING"):
        await colour.call(ft.transformations.run_and_wait, transformation(seconds=1e6), timeout=100)


async def test_a_run_survives_transient_failures(colour, ft, box, transformation):
    """A run of hours would fail because of one moment."""
    name = transformation()
    box.faults.script("GET", "/v1/transformations", status=502, times=9, skip=1)
    assert (await colour.call(ft.transformations.run_and_wait, name)).ok


async def test_no_such_transformation(colour, ft, box, count):
    """A misspelt id would be waited for."""
    with pytest.raises(NotFoundError):
        await colour.call(ft.transformations.run_and_wait, "nope")
    assert count("POST") == 0


async def test_many_runs(box, transformation, count):
    """Each of many runs would cost a call of its own at every look."""
    names = [transformation(seconds=300 + number) for number in range(50)]
    async with box.client() as ft:
        results = await ft.map(ft.transformations.run_and_wait, names, concurrency=50).collect()
    assert all(result.unwrap().ok for result in results)
    assert count("GET") < 50
