"""Schema configuration that converges: see it, plan it, apply it, copy it."""

from fivetran_async.schema_plan.described import desired_of
from fivetran_async.schema_plan.names import Pattern, full_name
from fivetran_async.schema_plan.view import ColumnItem, Lock, SchemaItem, SchemaView, TableItem, Unread

__all__ = [
    "ColumnItem",
    "Lock",
    "Pattern",
    "SchemaItem",
    "SchemaView",
    "TableItem",
    "Unread",
    "desired_of",
    "full_name",
]
