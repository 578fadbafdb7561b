import hashlib

from lambda_src.cache_service.objects import CacheObject, content_hash


def test_the_hash_is_the_first_sixteen_digits_of_sha_256():
    assert content_hash(b"text") == hashlib.sha256(b"text").hexdigest()[:16]


def test_where_an_object_was_read_makes_no_difference():
    assert CacheObject(b"", "a", 1.0, etag="e") == CacheObject(b"", "a", 1.0)
