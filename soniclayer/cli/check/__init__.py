"""`soniclayer check`: what a sysadmin should know before and while the suite serves people.

`groups` holds the checks, a file per group; `facts` what several of them look at, each asked for once; `registry` lists
all checks, `perform` runs them side by side, `page` shows them. `machine` and `place` say where to look.
"""
