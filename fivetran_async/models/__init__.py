"""What the API returns, as frozen attrs classes without I/O; one module per group of resources."""
