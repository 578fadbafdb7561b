"""Slipway's command and control plane: what the CDK's own commands lack.

It never imports a stack or a construct: what it knows of a deployment it reads from the configuration and from the
cloud assembly.
"""

__version__ = "0.1.0"
