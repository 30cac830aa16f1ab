"""`fivetran-async api`: a command for each method of the resources, and for any other endpoint."""

from typing import Final

from fivetran_async.cli.api.tree import Branch
from fivetran_async.cli.api.untyped import paginate, request

EPILOG: Final = """\b
Examples:
  fivetran-async api connections list --group-id GROUP --fields id,schema,status.sync_state
  fivetran-async api connections list --filter status.setup_state=broken --output csv > broken.csv
  fivetran-async api connections update ID --paused --sync-frequency 60
  fivetran-async api connections create --group-id GROUP --service postgres --config @postgres.json
  fivetran-async api groups delete ID --yes
  fivetran-async api request GET /v1/groups --query limit=10

\b
Credentials come from FIVETRAN_API_KEY and FIVETRAN_API_SECRET, the address from FIVETRAN_BASE_URL or --base-url.
docs/commands.md lists all commands with the operations that they call.
Exit status: 0 fine, 2 usage, credentials or nothing of that id, 3 not done to the end, 130 Ctrl-C."""

command: Final = Branch(
    (),
    name="api",
    help="Call any operation of the API: 169 of them, by the names of the client's methods.",
    short_help="Call any operation of the API.",
    epilog=EPILOG,
    further=[request, paginate],
)
"""The group."""
