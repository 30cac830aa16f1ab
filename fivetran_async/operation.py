"""What one REST operation is, as a value."""

import enum
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Generic, Literal, TypeVar

import attrs

T = TypeVar("T")


class Shape(enum.Enum):
    """What a successful reply carries."""

    OBJECT = "object"
    PAGE = "page"
    EMPTY = "empty"
    BINARY = "binary"


class RateClass(enum.Enum):
    """Which of the account's rolling windows a request counts against, besides the one for all requests."""

    ALL = "all"
    SETUP_TESTS = "setup_tests"
    SOURCE = "source"
    USER_CREATION = "user_creation"
    PRIVATE_LINK_CREATION = "private_link_creation"


@attrs.frozen(kw_only=True, slots=False)
class Operation(Generic[T]):
    """One operation of the REST API.

    Attributes:
        id: The operation's id in the API definition, such as `group_details`.
        method: The HTTP method, upper case.
        path: The path with its placeholders in snake case: `/v1/groups/{group_id}`.
        shape: What a successful reply carries.
        result: Where the model of the reply (or of a page's items) is: `groups:Group`, below the models; it is
            loaded when first decoded. None for a plain mapping.
        version: The version that `Accept` asks for.
        idempotent: Whether a request may be repeated when it is unknown if it arrived.
        rate_class: Which rolling window it counts against.
        unwrapped: Whether the reply may come without its envelope: the API's definition and its examples disagree.
        public: Whether it wants no credentials; then none are sent.
    """

    id: str
    method: str
    path: str
    shape: Shape
    result: str | None = None
    version: Literal[1, 2] = 1
    idempotent: bool = False
    rate_class: RateClass = RateClass.ALL
    unwrapped: bool = False
    public: bool = False

    @cached_property
    def accept(self) -> str:
        """The `Accept` header."""
        return "application/json;version=2" if self.version == 2 else "application/json"  # noqa: PLR2004

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """The headers of a request without a body."""
        return {"Accept": "*/*" if self.shape is Shape.BINARY else self.accept}

    @cached_property
    def placeholders(self) -> tuple[str, ...]:
        """The names in the path, in order."""
        return tuple(re.findall(r"\{(\w+)\}", self.path))

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """What stands before, between and behind the placeholders."""
        return tuple(re.split(r"\{\w+\}", self.path))

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
