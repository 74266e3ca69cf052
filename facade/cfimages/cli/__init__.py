"""The command `cfimages`: the public API and `cfimages.jobs` for terminals, scripts and CI.

Needs the extra: `pip install 'cfimages[cli]'`. Each module holds one group of commands, or one thing that they share.
"""
