"""`soniclayer submit`: hands recordings to the API of this or another machine, and follows them there.

`command` is the way in; `api` speaks HTTP, `body` is an upload as it is sent, `follow` reads the events, `progress`
shows both, `document` reads results.
"""
