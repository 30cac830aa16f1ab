"""What the sandbox knows of Fivetran: services, connector types, packages, regions, and words to make things up of."""
