"""What the control plane decides and does, on ports: it knows neither AWS's libraries nor who reads what it says."""
