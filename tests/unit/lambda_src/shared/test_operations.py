from lambda_src.shared.operations import BINARY, Operation


def test_an_operation_takes_and_gives_nothing_unless_it_says_so():
    operation = Operation("GET", "/x", "Do x.")
    assert (operation.body, operation.query, operation.reply) == (None, None, None)
    assert Operation("POST", "/x", "Do x.", body=BINARY).body == BINARY
