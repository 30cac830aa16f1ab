"""The library that writes SQL, or a word about how to get it."""

from typing import TYPE_CHECKING

from fivetran_async.errors import ConfigError

try:
    from sqlglot import expressions as exp
except ModuleNotFoundError as error:
    raise ConfigError(
        "queries of a warehouse want sqlglot, which is not installed: pip install 'fivetran-async[logs]'"
    ) from error

if TYPE_CHECKING:
    # The base of all nodes; called otherwise before version 30.
    from sqlglot import Expr as Expression
else:
    Expression = exp.Expression

__all__ = ["Expression", "exp"]
