"""The deal core: events become gates, one stage and five SLA timers. Pure; adapters live in the folders."""
