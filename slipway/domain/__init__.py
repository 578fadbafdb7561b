"""What the control plane speaks of: frozen data and errors. It does nothing, asks nobody, and imports no other part."""
