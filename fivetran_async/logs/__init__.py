"""The log tables that Fivetran's Platform Connector writes into a destination."""
