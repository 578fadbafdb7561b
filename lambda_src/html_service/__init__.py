"""HTML service: text segments out of a page, replaced segments back in."""
