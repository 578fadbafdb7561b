"""The canary: a request through the proxy that the proxy itself answers, which shows that its whole way in works.

Only names, for the proxy that answers and for the health application that asks; neither's libraries belong here.
"""

HOST = "slipway.canary"
URL = f"http://{HOST}/"

RUNNING_REQUESTS = "x-slipway-running-requests"
"""Header of the answer: how many requests of clients this process has not answered completely, open WebSockets too."""

CLIENTS = "x-slipway-clients"
"""Header of the answer: how many connections of clients this process has had; those that only ask this do not count."""
