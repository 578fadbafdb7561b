"""Proxy management: what all proxies together did, as numbers and as a page."""
