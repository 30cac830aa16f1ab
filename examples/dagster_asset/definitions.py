"""Two connections of Fivetran as assets, and one that is made of them.

FIVETRAN_API_KEY=... FIVETRAN_API_SECRET=... dagster asset materialize -f definitions.py --select '*'
"""

import os

from dagster import Definitions, EnvVar, RetryPolicy, asset
from fivetran_resource import FivetranResource, synced


@asset(deps=["orders", "payments"])
def revenue() -> None:
    """Stand for what is made of what was loaded."""


defs = Definitions(
    assets=[
        synced("orders", timeout=3 * 3600, retry_policy=RetryPolicy(max_retries=2, delay=60)),
        synced("payments"),
        revenue,
    ],
    resources={
        "fivetran": FivetranResource(
            api_key=EnvVar("FIVETRAN_API_KEY"),
            api_secret=EnvVar("FIVETRAN_API_SECRET"),
            base_url=os.environ.get("FIVETRAN_BASE_URL"),
        )
    },
)
