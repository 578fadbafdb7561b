"""What runs on an instance: the boot step, the intercepting proxy and the health application.

Proxy and health application live in two virtual environments, since mitmproxy pins much of what it uses. So only
`addon`, `proxy` and `content` import mitmproxy or its compression libraries, only `health` imports FastAPI, and
everything else needs no more than the standard library, botocore and aiohttp.
"""
