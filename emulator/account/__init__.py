"""What AWS tells about an account rather than its resources: prices, quotas and costs. Plain tables, no requests."""
