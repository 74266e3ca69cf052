"""The kinds of jobs, one in each module."""
