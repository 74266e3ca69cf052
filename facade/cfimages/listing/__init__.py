"""Listings: what to ask for, and what to make of the pages. Nothing here sends or waits."""
