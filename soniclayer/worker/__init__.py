"""`soniclayer worker`: fetches steps and does them. The process is light: what is heavy is done by its engine child.

`process` is the whole of it; `command` is its door. Nobody imports this package but `main`.
"""
