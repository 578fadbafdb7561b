"""Typed configuration: one YAML file per environment over a common base, checked before anything is built.

`config.load` is the way in. The package reads files and nothing else: no environment, no clock, no network.
"""

from config.loader import environment_names, load
from config.problems import ConfigurationError, Problem

__all__ = ["ConfigurationError", "Problem", "environment_names", "load"]
