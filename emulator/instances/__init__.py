"""Local instances: what stands in for EC2 instances.

An instance is a folder that looks like the machine image, a metadata service of its own, and a tree of processes that
begins with the launch template's real user data.
"""
