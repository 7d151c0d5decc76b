"""Compiled functions of the kernel do not outlive its sources."""

import pytest

pytest.importorskip("numba")

from monazite.simulation.kernel_cache import STAMP, clear_folder, hash_sources


def test_what_was_compiled_from_other_sources_goes_and_the_rest_stays(tmp_path):
    compiled, other = tmp_path / "kernel_month.plan_tile-1.py311.nbi", tmp_path / "step.cpython-311.pyc"
    for path in (compiled, other):
        path.write_bytes(b"old")
    assert clear_folder(tmp_path, "a" * 64)  # no stamp yet: nobody knows what it was compiled from
    assert not compiled.exists()
    assert other.read_bytes() == b"old"
    compiled.write_bytes(b"new")
    assert not clear_folder(tmp_path, "a" * 64)
    assert compiled.read_bytes() == b"new"
    assert clear_folder(tmp_path, "b" * 64)
    assert not compiled.exists()
    assert (tmp_path / STAMP).read_text(encoding="ascii") == "b" * 64


def test_the_hash_of_the_sources_is_the_same_every_time():
    assert hash_sources() == hash_sources()
    assert len(hash_sources()) == 64
