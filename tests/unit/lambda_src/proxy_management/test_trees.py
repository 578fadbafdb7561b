from hypothesis import given
from hypothesis import strategies as st

from contract.sketch import Sketch
from contract.statistics import Cell, HostCount, add_up
from lambda_src.proxy_management.trees import add, cell_of, tree_of

COUNT = st.integers(0, 9)
NAMES = st.dictionaries(st.sampled_from(["a", "b", "c"]), COUNT, max_size=3)
SKETCHES = st.builds(Sketch, COUNT, st.dictionaries(st.integers(-5, 5), COUNT))
CELLS = st.builds(
    Cell, COUNT, COUNT, COUNT, COUNT, NAMES, NAMES,
    st.dictionaries(st.sampled_from(["a.org", "b.org"]), st.builds(HostCount, COUNT, COUNT, COUNT)),
    NAMES, SKETCHES, SKETCHES,
)  # fmt: skip


@given(cells=st.lists(CELLS, max_size=5))
def test_trees_add_up_to_what_cells_add_up_to(cells):
    total = {}
    for cell in cells:
        add(total, tree_of(cell))
    assert cell_of(total) == add_up(cells)


@given(cell=CELLS)
def test_what_is_added_stays_as_it_is(cell):
    tree = tree_of(cell)
    total = {}
    add(total, tree)
    add(total, tree)
    assert cell_of(tree) == cell


def test_counts_of_another_version_of_the_code_are_taken_as_far_as_they_are_known():
    host, sketch = {"responses": 2, "bytes": 9}, {"zeros": 1, "bins": {"3": 4}, "sum": 7}
    newer = {"requests": 3, "retries": {"dns": 2}, "hosts": {"a.org": host}, "answering": sketch}
    total = {}
    for cell in (newer, tree_of(Cell(1, hosts={"a.org": HostCount(1, 1)})), newer):
        add(total, cell)
    assert cell_of(total) == Cell(7, hosts={"a.org": HostCount(5, 1)}, answering=Sketch(2, {3: 8}))


def test_what_is_no_number_or_none_of_this_code_is_left_out():
    total = tree_of(Cell(1, results={"cached": 1}))
    add(total, {"requests": {"get": 3}, "results": 5, "life": None, "failing": ["html-service"]})
    assert cell_of(total) == Cell(1, results={"cached": 1})
