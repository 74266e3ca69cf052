"""What listing, starting and keeping cost, next to the official SDK and to the least possible: `make bench`."""
