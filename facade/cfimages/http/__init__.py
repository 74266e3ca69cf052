"""HTTP without I/O: what a request carries, what a response means, when to retry."""
