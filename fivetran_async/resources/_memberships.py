"""Which operations stand behind the resources that `Memberships` serves."""

import attrs

from fivetran_async import operations as ops
from fivetran_async.models.memberships import Membership
from fivetran_async.operation import Operation


@attrs.frozen(kw_only=True)
class MembershipOperations:
    """The five operations of one kind of membership."""

    list: Operation[Membership]
    add: Operation[Membership]
    get: Operation[Membership]
    update: Operation[Membership]
    delete: Operation[None]


USER_CONNECTIONS = MembershipOperations(
    list=ops.GET_USER_MEMBERSHIPS_IN_CONNECTIONS,
    add=ops.ADD_USER_MEMBERSHIP_IN_CONNECTION,
    get=ops.GET_USER_MEMBERSHIP_IN_CONNECTIONS,
    update=ops.UPDATE_USER_MEMBERSHIP_IN_CONNECTION,
    delete=ops.DELETE_USER_MEMBERSHIP_IN_CONNECTION,
)

TEAM_GROUPS = MembershipOperations(
    list=ops.GET_TEAM_MEMBERSHIPS_IN_GROUPS,
    add=ops.ADD_TEAM_MEMBERSHIP_IN_GROUP,
    get=ops.GET_TEAM_MEMBERSHIP_IN_GROUP,
    update=ops.UPDATE_TEAM_MEMBERSHIP_IN_GROUP,
    delete=ops.DELETE_TEAM_MEMBERSHIP_IN_GROUP,
)

TEAM_CONNECTIONS = MembershipOperations(
    list=ops.GET_TEAM_MEMBERSHIPS_IN_CONNECTIONS,
    add=ops.ADD_TEAM_MEMBERSHIP_IN_CONNECTION,
    get=ops.GET_TEAM_MEMBERSHIP_IN_CONNECTION,
    update=ops.UPDATE_TEAM_MEMBERSHIP_IN_CONNECTION,
    delete=ops.DELETE_TEAM_MEMBERSHIP_IN_CONNECTION,
)
