"""Paths of the functions' HTTP interfaces that another part calls, and those that all share."""

HEALTH = "/info/health"
STATUS = "/info/status"
OPENAPI = "/openapi.json"

HTML_TO_SEGMENTS = "/html/to/segments"
SEGMENTS_TO_HTML = "/segments/to/html"
TRANSFORM_PAGE = "/html/transform"
TRANSFORM_TEXTS = "/text-transformation/transform"
RATE_TEXTS = "/semantic-classification/{engine}/rate"
FILTER_TEXTS = "/semantic-classification/{engine}/filter"
RATE_TEXTS_FULLY = "/semantic-classification/{engine}/multi/rate"
FILTER_TEXTS_FULLY = "/semantic-classification/{engine}/multi/filter"
CLASSIFY_TOPICS = "/topic-classification/classify"
FILTER_TOPICS = "/topic-classification/filter"

CACHE_NAMESPACE = "pages"
CACHE_STORE_BINARY = "/{namespace}/key-based/store/binary/{key}"
CACHE_RETRIEVE = "/{namespace}/key-based/retrieve/{key}"

REPORT_STATISTICS = "/statistics/snapshots/{instance_id}/{process_id}"
READ_STATISTICS = "/statistics"
DASHBOARD = "/dashboard"
