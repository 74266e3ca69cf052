"""Imports from buckets of S3 and R2, for which folders stand."""
