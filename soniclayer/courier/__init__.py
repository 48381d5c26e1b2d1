"""Redis, the courier: queues, leases, attempts, index, progress, events, who works, breakers.

All of it can be made anew from the store (`jobs.reconcile`), so nothing here is ever the only copy of anything. A call
that raises may have been carried out all the same, and may be made again.

Used by `jobs` and above. Every call raises CourierAway when Redis does not answer, CourierFull when it is full; only
`breakers` bears it.
"""
