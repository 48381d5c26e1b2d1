"""The command line. One module per command; each has `add_parser(commands)` and sets `run=function(args) -> exit code`.

Light: nothing here imports numpy, torch, transformers or faster_whisper, not even indirectly.
"""
