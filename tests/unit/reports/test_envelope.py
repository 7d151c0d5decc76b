"""The envelope as one text and as a stream."""

import pytest

from monazite.reports import envelope


@pytest.mark.parametrize("pieces", [1, 3, 100_000])
def test_a_stream_is_the_same_text_in_parts(monkeypatch, pieces):
    monkeypatch.setattr(envelope, "PIECES", pieces)
    records = {"records": [{"value": 0.5, "reason": None, "name": "Côte d'Ivoire"}] * 3, "sources": {}}
    parts = list(envelope.stream_json(records))
    assert "".join(parts) == envelope.write_json(records)
    assert (len(parts) == 2) == (pieces == 100_000)  # the records, and the end of the line
