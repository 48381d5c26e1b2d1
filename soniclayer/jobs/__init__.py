"""The use cases: accept, run a step, analyse. They know the store and the rules, and of engines only `jobs.engine`."""
