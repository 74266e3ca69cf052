"""What differs between threads and tasks."""
