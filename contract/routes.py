"""Paths of the functions' HTTP interfaces that another part calls, and those that all share."""

HEALTH = "/info/health"
STATUS = "/info/status"
OPENAPI = "/openapi.json"

HTML_TO_SEGMENTS = "/html/to/segments"
SEGMENTS_TO_HTML = "/segments/to/html"
TRANSFORM_TEXTS = "/text-transformation/transform"

CACHE_NAMESPACE = "pages"
CACHE_STORE_BINARY = "/{namespace}/key-based/store/binary/{key}"
CACHE_RETRIEVE = "/{namespace}/key-based/retrieve/{key}"

REPORT_STATISTICS = "/statistics/snapshots/{instance_id}/{process_id}"
READ_STATISTICS = "/statistics"
DASHBOARD = "/dashboard"
