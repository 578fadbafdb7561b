"""The benchmark of the image, where no image can be built; `tests/image` builds one."""

from bench.image import measure


def test_a_machine_that_can_make_no_root_has_nothing_to_measure():
    said = []
    assert measure({}, said.append, system="Darwin", user=0) == []
    assert "takes Linux, and this is Darwin" in said[0]
