"""Bytes that pass for an image."""

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
