"""The command `cfimages`: the public API and `cfimages.jobs` for terminals, scripts and CI.

Needs cfimages with its extra `cli`. Each module holds one group of commands, or one thing that they share.
"""
