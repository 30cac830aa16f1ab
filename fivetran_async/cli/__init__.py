"""The command `fivetran-async`: a thin layer of click and rich over the library."""
