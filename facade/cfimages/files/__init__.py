"""What an upload reads and where a download writes."""
