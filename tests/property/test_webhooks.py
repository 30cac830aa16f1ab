"""Laws of signatures and deliveries: any bytes, any secret, any bit."""

import asyncio
import string
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from fivetran_async.errors import DecodeError
from fivetran_async.webhooks import MemoryStore, WebhookEvent, compute_signature, parse, verify

laws = settings(max_examples=150, deadline=None)
SECRETS = st.one_of(st.text(min_size=1).filter(lambda text: text.isprintable()), st.binary(min_size=1))


@laws
@given(body=st.binary(), secret=SECRETS, upper=st.booleans())
def test_what_was_signed_is_verified(*, body: bytes, secret: str | bytes, upper: bool) -> None:
    """Some body or secret could not be verified."""
    signature = compute_signature(body, secret)
    assert verify(body, signature.upper() if upper else signature, secret)
    assert verify(body, signature, [b"another", secret])


@laws
@given(body=st.binary(min_size=1), secret=SECRETS, data=st.data())
def test_a_flipped_bit_is_seen(body: bytes, secret: str | bytes, data: st.DataObject) -> None:
    """A delivery that was changed on the way would pass."""
    signature = compute_signature(body, secret)
    place = data.draw(st.integers(0, len(body) * 8 - 1))
    changed = bytearray(body)
    changed[place // 8] ^= 1 << place % 8
    assert not verify(bytes(changed), signature, secret)
    digit = data.draw(st.integers(0, 63))
    other = data.draw(st.sampled_from([one for one in string.hexdigits if one.lower() != signature[digit]]))
    assert not verify(body, signature[:digit] + other + signature[digit + 1 :], secret)


@laws
@given(body=st.binary(), signature=st.none() | st.text() | st.binary(), secret=SECRETS)
def test_anything_is_a_signature_or_none(body: bytes, signature: str | bytes | None, secret: str | bytes) -> None:
    """A header that an attacker chose would break the receiver, or pass."""
    expected = compute_signature(body, secret)
    given_text = signature.decode("latin-1") if isinstance(signature, bytes) else signature or ""
    assert verify(body, signature, secret) is (given_text.strip().lower() == expected)


@laws
@given(body=st.binary() | st.text())
def test_any_body_is_an_event_or_an_error(body: bytes | str) -> None:
    """A body that an attacker chose would break the receiver in a way that it does not expect."""
    with suppress(DecodeError):
        assert isinstance(parse(body), WebhookEvent)


IDENTITIES = [("sync_end", "shop", str(number), None) for number in range(3)]
STEPS = st.tuples(st.sampled_from(["claim", "confirm", "forget", "wait"]), st.integers(0, 2), st.integers(1, 40))


@laws
@given(steps=st.lists(STEPS, max_size=40))
def test_an_event_is_had_by_one_and_never_lost(steps: list[tuple[str, int, int]]) -> None:
    """An event would be dealt with by two at once, or again, or never, after some course of claims and failures."""
    now = 0.0
    store = MemoryStore(ttl=100, lease=10, clock=lambda: now)
    held_until = dict.fromkeys(IDENTITIES, 0.0)

    async def play() -> None:
        nonlocal now
        for verb, number, seconds in steps:
            identity = IDENTITIES[number]
            if verb == "wait":
                now += seconds
            elif verb == "claim":
                free = held_until[identity] <= now
                assert await store.claim(identity) is free
                if free:
                    held_until[identity] = now + 10
            elif verb == "confirm":
                await store.confirm(identity)
                held_until[identity] = now + 100
            else:
                await store.forget(identity)
                held_until[identity] = now

    asyncio.run(play())
