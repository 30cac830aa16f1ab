"""What the objects of the account do by themselves: syncs, schemas, runs, memberships, deliveries."""
