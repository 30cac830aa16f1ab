"""Schema configuration that converges: see it, plan it, apply it, compare it, copy it."""

from typing import TYPE_CHECKING, Any

from fivetran_async import _lazy

if TYPE_CHECKING:
    from fivetran_async.schema_plan._columns import OnEstimate as OnEstimate
    from fivetran_async.schema_plan._fields import json_schema as json_schema
    from fivetran_async.schema_plan.comparing import Difference as Difference
    from fivetran_async.schema_plan.comparing import SchemaDiff as SchemaDiff
    from fivetran_async.schema_plan.comparing import diff as diff
    from fivetran_async.schema_plan.described import desired_of as desired_of
    from fivetran_async.schema_plan.desired import AnyDesired as AnyDesired
    from fivetran_async.schema_plan.desired import Desired as Desired
    from fivetran_async.schema_plan.desired import DesiredColumn as DesiredColumn
    from fivetran_async.schema_plan.desired import DesiredSchema as DesiredSchema
    from fivetran_async.schema_plan.desired import DesiredTable as DesiredTable
    from fivetran_async.schema_plan.desired import OnMissing as OnMissing
    from fivetran_async.schema_plan.desired import Rule as Rule
    from fivetran_async.schema_plan.jobs import apply as apply
    from fivetran_async.schema_plan.jobs import apply_all as apply_all
    from fivetran_async.schema_plan.jobs import clone as clone
    from fivetran_async.schema_plan.jobs import copy as copy
    from fivetran_async.schema_plan.jobs import propagate as propagate
    from fivetran_async.schema_plan.jobs import with_columns as with_columns
    from fivetran_async.schema_plan.names import Pattern as Pattern
    from fivetran_async.schema_plan.names import full_name as full_name
    from fivetran_async.schema_plan.planning import plan as plan
    from fivetran_async.schema_plan.plans import Blocked as Blocked
    from fivetran_async.schema_plan.plans import Change as Change
    from fivetran_async.schema_plan.plans import Line as Line
    from fivetran_async.schema_plan.plans import Missing as Missing
    from fivetran_async.schema_plan.plans import Resync as Resync
    from fivetran_async.schema_plan.plans import SchemaPlan as SchemaPlan
    from fivetran_async.schema_plan.plans import Setting as Setting
    from fivetran_async.schema_plan.results import Applied as Applied
    from fivetran_async.schema_plan.results import Cloned as Cloned
    from fivetran_async.schema_plan.results import Refused as Refused
    from fivetran_async.schema_plan.view import ColumnItem as ColumnItem
    from fivetran_async.schema_plan.view import Lock as Lock
    from fivetran_async.schema_plan.view import SchemaItem as SchemaItem
    from fivetran_async.schema_plan.view import SchemaView as SchemaView
    from fivetran_async.schema_plan.view import TableItem as TableItem
    from fivetran_async.schema_plan.view import Unread as Unread

_MODULES = {
    "_columns": "OnEstimate",
    "_fields": "json_schema",
    "comparing": "Difference SchemaDiff diff",
    "described": "desired_of",
    "desired": "AnyDesired Desired DesiredColumn DesiredSchema DesiredTable OnMissing Rule",
    "jobs": "apply apply_all clone copy propagate with_columns",
    "names": "Pattern full_name",
    "planning": "plan",
    "plans": "Blocked Change Line Missing Resync SchemaPlan Setting",
    "results": "Applied Cloned Refused",
    "view": "ColumnItem Lock SchemaItem SchemaView TableItem Unread",
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    # Loaded when first used: plans are made, and read, without any I/O at hand.
    return _lazy.load(globals(), _HOMES, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
