"""Versions that an instance's image is built with, as they stand in the locked requirements of `ami_build`."""

PYTHON = "3.12"
"""Python of the base image, Ubuntu 24.04."""

MITMPROXY = "12.2.3"

CLOUDWATCH_AGENT = "1.300073.2b1889"
"""Of the CloudWatch agent: reads the journal, which that of 2025 could not; AWS signs its package."""

APPLICATION = "0.1.0"
"""Of this project; the same as in `pyproject.toml`."""
