"""Copies of everything that cannot be made again, made by restic; and bringing them back.

`restic` runs the program, `inventory` says what there is, `make` makes a snapshot, `drill` tries one out, `restore`
brings one back, `proofs` notes how it went. The command line uses them; they know the store, no queue and no HTTP.
"""
