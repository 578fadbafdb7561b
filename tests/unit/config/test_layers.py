"""Merging: mappings by key, lists as a whole, and places that follow their values."""

from config.layers import merge
from config.positions import Document, read_yaml


def merged(*texts: str) -> Document:
    return merge([read_yaml(text, f"{index}.yaml") for index, text in enumerate(texts)])


def test_mappings_merge_and_later_values_win() -> None:
    document = merged("a: {x: 1, y: 2}\nb: 1", "a: {y: 3}", "a: {z: 4}")

    assert document.values == {"a": {"x": 1, "y": 3, "z": 4}, "b": 1}
    assert document.sources["a", "x"].name == "0.yaml"
    assert document.sources["a", "y"].name == "1.yaml"
    assert document.sources["a",].name == "2.yaml"


def test_lists_are_replaced_and_so_are_the_places_of_their_items() -> None:
    document = merged("a: [1, 2, 3]", "a: [4]")

    assert document.values == {"a": [4]}
    assert document.sources["a", 0].name == "1.yaml"
    assert ("a", 1) not in document.sources


def test_a_mapping_and_a_single_value_replace_each_other() -> None:
    assert merged("a: {b: 1}", "a: 2").values == {"a": 2}
    assert merged("a: 2", "a: {b: 1}").values == {"a": {"b": 1}}
    assert ("a", "b") not in merged("a: {b: 1}", "a: null").sources


def test_problems_of_all_documents_are_kept() -> None:
    assert len(merged("a: 1\na: 2", "b: 1\nb: 2").problems) == 2


def test_the_whole_stands_in_the_last_file() -> None:
    assert merged("a: 1", "b: 2").sources[()].name == "1.yaml"
    assert merge([read_yaml("a: 1", "0.yaml"), Document()]).sources[()].name == "0.yaml"
