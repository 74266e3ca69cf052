"""What differs between openapi.yaml and the document Cloudflare publishes, as far as it can be seen on the wire."""
