"""The web process: takes uploads in, and shows what there is. It computes nothing of a recording itself.

`command` runs it under gunicorn, `app.create_app` is the application, `routes/` has one module per thing one can ask
for; `route.ApiRoute` says what a caller needs for it, and `problems` how anything that goes wrong is told.
"""
