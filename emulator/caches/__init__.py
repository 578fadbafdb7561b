"""Serverless caches at work: a real Valkey server for each, behind a door that speaks TLS as AWS's does.

It knows nothing of the API; :mod:`emulator.plugin.caches` tells it which caches there are.
"""
