from mergeability.workflow.resources import growing


def test_every_attempt_gets_more():
    memory = growing(4000)
    assert [memory(None, attempt) for attempt in (1, 2, 3)] == [4000, 8000, 12000]
