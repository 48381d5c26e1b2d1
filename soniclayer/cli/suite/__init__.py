"""`soniclayer suite`: Redis, backend and workers as children of one process in one terminal, without root.

`command` is the way in: `place` is the folder it all lies in, `child` one process, `band` all of them together.
"""
