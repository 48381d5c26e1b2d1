"""The description of the API: what `/openapi.json` gives and `/docs` shows.

`operation` says what there is to say of a route, `uploading`, `listing`, `results`, `following` and `running` say it of
ours; `document` puts it together with the routes' scopes and the schemas of `web.answers`, `page` shows it.
"""
