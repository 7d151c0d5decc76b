"""Options that would do nothing are refused, each by name, before anything is read."""

from functools import partial

import pytest
from command_line import run_command


@pytest.fixture
def call(monkeypatch, capsys):
    return partial(run_command, monkeypatch, capsys)


CHAIN = ("chain", "--material", "cobalt", "--year", "2024")
TRACE = ("trace", "--material", "gallium", "--year", "2022", "--importer", "ROW")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ((*CHAIN, "--reconcile", "--flows", "a.svg"), "--flows: does nothing with --reconcile"),
        ((*CHAIN, "--reconcile", "--raw", "--stage", "extraction"), "--raw, --stage: do nothing"),
        ((*CHAIN, "--reconcile", "--country", "CHN"), "--country: does nothing"),
        ((*CHAIN, "--workers", "2"), "--workers: does nothing without --reconcile"),
        ((*CHAIN, "--raw", "--yield", "processing=0.9"), "--raw, --yield: cannot be given together"),
        ((*TRACE, "--rule", "equity"), "--rule: does nothing without owners"),
        ((*TRACE, "--by", "partner", "--rule", "control"), "--rule: does nothing without owners"),
        ((*TRACE, "--raw", "--draws", "20"), "--raw, --draws: cannot be given together"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(call, words, named):
    code, out, err = call(*words)
    assert (code, out) == (2, "")
    assert named in err
