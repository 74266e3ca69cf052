# Generated from facade/cfimages/_async/__init__.py by `make generate`. Do not edit.
"""The synchronous client. Generated from `_async` by `make generate`."""
