"""The truth. `objects` says what an object store does, `local` does it on local files, `recordings` knows the names.

Nothing outside this package builds a path or an object name. jobs, worker, web and cli may import it.
"""
