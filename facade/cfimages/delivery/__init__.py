"""Delivery URLs: variants, flexible options, signatures. Nothing here sends or waits."""
