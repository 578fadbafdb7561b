from bench.html import PAGES, measure


def test_every_comparison_is_made():
    said = []
    pages = measure(1, said.append)

    assert [section.title for section in pages] == [f"A page of {size} in the HTML service" for size in PAGES]
    assert [len(section.comparisons) for section in pages] == [5, 5]
    assert all(comparison.median > 0 for section in pages for comparison in section.comparisons)
    assert "MB/s" in pages[0].note
