"""What the engine child gives up before it reads hostile bytes, and never gets back: `confine`.

`files` is Landlock (landlock(7)): which folders it may read and write. `calls` is seccomp (seccomp(2)): no program, no
process, no socket, no signal to others, no change of modes and owners. Both need no root and hold for every thread that
comes later. They are three calls and a list of numbers: what PyPI has for either binds a C library that Debian would
have to bring, or is one more package to trust with just this. The child alone calls this; its parent, which talks to
Redis and Langflow, is bounded by its unit.
"""
