"""Langflow: personas with opinions of a language model's. `judge.LangflowJudge` is the door; see jobs.judge.

It is light and runs in the worker's parent, in threads that mostly wait. Nobody else imports the rest: `calls` makes a
call, with `breakers`, `turns` and `transport`; `contracts` says what is sent; `reply`, `digging` and `answers` what is
made of what comes back.
"""
