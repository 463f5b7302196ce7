"""GraphQL beside REST (spec row P4): another spelling of the same routes, so that whatever holds for them holds here."""
