"""The rules about who and what has access: users, teams, keys, approvals, webhooks, log services, agents, networks."""

from typing import Final

from fivetran_async.audit.findings import Kind, Severity
from fivetran_async.audit.rules import access, agents, approvals, keys, sinks, users
from fivetran_async.audit.rules._rule import Rule

_USERS: Final = frozenset({Kind.USER})
_HOLDERS: Final = frozenset({Kind.USER, Kind.TEAM})
_ROLES: Final = frozenset({Kind.USER, Kind.TEAM, Kind.ROLE})
_TEAMS: Final = frozenset({Kind.TEAM, Kind.TEAM_MEMBERSHIP})
_MEMBERS: Final = frozenset({Kind.USER, Kind.TEAM, Kind.TEAM_MEMBERSHIP})
_PLACES: Final = frozenset({Kind.CONNECTION, Kind.GROUP_MEMBERSHIP, Kind.CONNECTION_MEMBERSHIP})
_KEYS: Final = frozenset({Kind.SYSTEM_KEY})
_WEBHOOKS: Final = frozenset({Kind.WEBHOOK})
_LOG_SERVICES: Final = frozenset({Kind.LOG_SERVICE})
_AGENTS: Final = frozenset({Kind.HYBRID_AGENT})
_DESTINATIONS: Final = frozenset({Kind.DESTINATION})
_PROXIES: Final = frozenset({Kind.PROXY_AGENT})
_LINKS: Final = frozenset({Kind.PRIVATE_LINK})
_OWNERS: Final = frozenset({Kind.CONNECTION, Kind.DESTINATION})
_CERTIFICATES: Final = _OWNERS | {Kind.CERTIFICATE}
_FINGERPRINTS: Final = _OWNERS | {Kind.FINGERPRINT}

RULES: tuple[Rule, ...] = (
    Rule(
        id="agent-offline",
        severity=Severity.ERROR,
        title="Hybrid deployment agent is offline",
        when="an agent that is enabled is not online",
        check=agents.agent_offline,
        needs=_AGENTS,
        remedy="Start the agent and see that it reaches Fivetran.",
    ),
    Rule(
        id="proxy-not-connected",
        severity=Severity.ERROR,
        title="Proxy agent is not connected",
        when="its status is NOT_CONNECTED or NOT_FOUND",
        check=agents.proxy_not_connected,
        needs=_PROXIES,
        remedy="Start the proxy agent, or delete it if nothing uses it.",
    ),
    Rule(
        id="private-link-failed",
        severity=Severity.ERROR,
        title="Private link failed",
        when="its state is FAIL",
        check=agents.private_link_failed,
        needs=_LINKS,
        remedy="Read its state summary; accept the endpoint at the cloud provider or make the link anew.",
    ),
    Rule(
        id="log-service-failing",
        severity=Severity.ERROR,
        title="Log service is not set up",
        when="it is enabled, and its setup is broken or incomplete",
        check=sinks.log_service_failing,
        needs=_LOG_SERVICES,
        remedy="Run its setup tests and repair what they name.",
    ),
    Rule(
        id="webhook-inactive",
        severity=Severity.ERROR,
        title="Webhook is not active",
        when="it is not active",
        check=sinks.webhook_inactive,
        needs=_WEBHOOKS,
        remedy="Repair its receiver and switch it on again, or delete it.",
    ),
    Rule(
        id="key-expiring",
        severity=Severity.WARNING,
        title="System key expires soon",
        when="it expires in less than `key_expiring_days`",
        check=keys.expiring,
        needs=_KEYS,
        remedy="Make a new key or rotate it before that, and give it to what uses it.",
    ),
    Rule(
        id="key-expired",
        severity=Severity.WARNING,
        title="System key is expired",
        when="its end has passed",
        check=keys.expired,
        needs=_KEYS,
        remedy="Delete it; what still uses it is refused.",
    ),
    Rule(
        id="key-unused",
        severity=Severity.WARNING,
        title="System key is not used",
        when="a valid key was not used for more than `key_unused_days`",
        check=keys.unused,
        needs=_KEYS,
        remedy="Delete it if nothing needs it.",
    ),
    Rule(
        id="key-too-powerful",
        severity=Severity.WARNING,
        title="System key may manage the account",
        when="a valid key has MANAGE on ACCOUNT, narrowed to nothing",
        check=keys.powerful,
        needs=_KEYS,
        remedy="Give it only what it needs.",
    ),
    Rule(
        id="too-many-administrators",
        severity=Severity.WARNING,
        title="Too many users are administrators of the account",
        when="more than `administrators` active users have the role themselves",
        check=users.administrators,
        needs=_USERS,
        remedy="Give a lesser role to those who do not need it.",
    ),
    Rule(
        id="administrator-by-team",
        severity=Severity.WARNING,
        title="User is an administrator of the account through a team",
        when="an active user has the role through a team alone",
        check=access.administrator_by_team,
        needs=_MEMBERS,
        remedy="See that whoever may add members to the team may make administrators.",
    ),
    Rule(
        id="inactive-user-with-access",
        severity=Severity.WARNING,
        title="User who may not log in still has access",
        when="a user who is not active belongs to teams, groups or connections",
        check=access.inactive_with_access,
        needs=_MEMBERS | _PLACES,
        remedy="Take the memberships away: they are back when the user is.",
    ),
    Rule(
        id="user-idle",
        severity=Severity.WARNING,
        title="User has not logged in for long",
        when="an active user's last login is more than `user_idle_days` ago",
        check=users.idle,
        needs=_USERS,
        remedy="Ask whether the user still needs access, or deactivate the user.",
    ),
    Rule(
        id="user-never-logged-in",
        severity=Severity.WARNING,
        title="User has never logged in",
        when="an active user was made more than `never_logged_in_days` ago and has never logged in",
        check=users.never_logged_in,
        needs=_USERS,
        remedy="Ask whether the user needs access, or delete the user.",
    ),
    Rule(
        id="role-off-policy",
        severity=Severity.WARNING,
        title="Role in the account is not one that is allowed",
        when="the role of a user or a team is not in `allowed.roles`",
        check=access.role_off_policy,
        needs=_HOLDERS,
        remedy="Give a role that is allowed.",
    ),
    Rule(
        id="membership-role-off-policy",
        severity=Severity.WARNING,
        title="Role in a group or a connection is not one that is allowed",
        when="the role of a user or a team in a group or a connection is not in `allowed.roles`",
        check=access.membership_off_policy,
        needs=_HOLDERS | _PLACES,
        remedy="Give a role that is allowed.",
    ),
    Rule(
        id="agent-outdated",
        severity=Severity.WARNING,
        title="Hybrid deployment agent is outdated",
        when="its version is not in `allowed.agent_versions`; without these, older than another of its kind",
        check=agents.agent_outdated,
        needs=_AGENTS,
        remedy="Bring the agent up to date.",
    ),
    Rule(
        id="log-service-disabled",
        severity=Severity.WARNING,
        title="Log service is switched off",
        when="it is not enabled",
        check=sinks.log_service_disabled,
        needs=_LOG_SERVICES,
        remedy="Switch it on, or delete it.",
    ),
    Rule(
        id="webhook-without-secret",
        severity=Severity.WARNING,
        title="Webhook has no secret",
        when="it has no secret",
        check=sinks.webhook_without_secret,
        needs=_WEBHOOKS,
        remedy="Give it a secret, and check the signature of what arrives.",
    ),
    Rule(
        id="certificate-unapproved",
        severity=Severity.WARNING,
        title="Certificate was approved by nobody",
        when="a certificate names neither who approved it nor when",
        check=approvals.unapproved_certificates,
        needs=_CERTIFICATES,
        remedy="See whose certificate it is; approve or revoke it.",
    ),
    Rule(
        id="fingerprint-unapproved",
        severity=Severity.WARNING,
        title="Fingerprint was approved by nobody",
        when="a fingerprint names neither who approved it nor when",
        check=approvals.unapproved_fingerprints,
        needs=_FINGERPRINTS,
        remedy="See whose host it is; approve or revoke it.",
    ),
    Rule(
        id="certificate-old",
        severity=Severity.INFO,
        title="Certificate was approved long ago",
        when="its approval is more than `approval_days` old",
        check=approvals.old_certificates,
        needs=_CERTIFICATES,
        remedy="See whether it is still in use; revoke it if not.",
    ),
    Rule(
        id="fingerprint-old",
        severity=Severity.INFO,
        title="Fingerprint was approved long ago",
        when="its approval is more than `approval_days` old",
        check=approvals.old_fingerprints,
        needs=_FINGERPRINTS,
        remedy="See whether the host still has it; revoke it if not.",
    ),
    Rule(
        id="user-unverified",
        severity=Severity.INFO,
        title="Invitation is open for long",
        when="a user was invited more than `invitation_days` ago and has not verified the address",
        check=users.unverified,
        needs=_USERS,
        remedy="Invite the user again, or delete the user.",
    ),
    Rule(
        id="role-deprecated",
        severity=Severity.INFO,
        title="Role is deprecated",
        when="the role of a user or a team in the account is deprecated",
        check=access.deprecated_role,
        needs=_ROLES,
        remedy="Give the role that replaces it.",
    ),
    Rule(
        id="team-without-members",
        severity=Severity.INFO,
        title="Team has no members",
        when="a team has no users",
        check=access.team_without_members,
        needs=_TEAMS,
        remedy="Delete the team if it is not needed any more.",
    ),
    Rule(
        id="agent-unused",
        severity=Severity.INFO,
        title="Hybrid deployment agent is not used",
        when="no connection and no destination uses an agent that is enabled",
        check=agents.agent_unused,
        needs=_AGENTS,
        whole=_DESTINATIONS,
        remedy="Delete it if it is not needed any more.",
    ),
    Rule(
        id="proxy-unused",
        severity=Severity.INFO,
        title="Proxy agent is not used",
        when="no connection and no destination uses it",
        check=agents.proxy_unused,
        needs=_PROXIES,
        remedy="Delete it if it is not needed any more.",
    ),
)
"""In no order that counts."""
