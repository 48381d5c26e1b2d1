"""The use cases: what `analyze`, the backend and the workers do.

They know the store, the courier and the rules, and of engines only `jobs.engine`. `advance`, `perform`, `reconcile`,
`steer` and `upload` make the service; `board` and `crew` make `analyze`, which needs no Redis; `attempt` and `run_step`
serve both.
"""
