"""Reading YAML 1.2 into a model: every mistake at once, by its line."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML

from monazite.errors import ScenarioError
from monazite.scenarios.problems import MAX_SHOWN, Problem, compose_error
from monazite.scenarios.yaml_reader import MAX_BYTES, parse_yaml, read_model


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Ban(Part):
    kind: Literal["ban"] = "ban"
    origin: list[str]
    severity: float | tuple[float, float] = 1.0


class Quota(Part):
    kind: Literal["quota"]
    tonnes: dict[int, float]
    delay_months: int = 0


class Plan(Part):
    months: int
    weight: Literal["gross", "contained"] = "gross"
    policies: tuple[Annotated[Ban | Quota, Field(discriminator="kind")], ...] = ()


@pytest.fixture
def write(tmp_path):
    def write_file(text: str | bytes) -> Path:
        path = tmp_path / "plan.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_file


def message(path: Path, **options) -> str:
    with pytest.raises(ScenarioError) as caught:
        read_model(path, Plan, **options)
    return str(caught.value)


def test_a_good_file_becomes_a_frozen_model(write):
    text = (
        "months: 6\npolicies:\n- {kind: quota, tonnes: {2009: 5, 2010: 3.5}}\n- origin: [NO]\n  kind: ban\n"
    )
    plan = read_model(write(text), Plan)
    assert plan == Plan(
        months=6, policies=(Quota(kind="quota", tonnes={2009: 5, 2010: 3.5}), Ban(origin=["NO"]))
    )
    with pytest.raises(ValidationError, match="frozen"):
        plan.months = 7


def test_every_mistake_is_told_at_once_with_its_line(write):
    text = """months: '6'
monhts: 3
weight: grosss
policies:
  - kind: ban
    origin: [CHN, 3]
    severity: [0.2, x]
  - kind: ban
    origin: NO
    severity: soon
    sevrity: 2
  - kind: quota
    tonnes: {2009: a, b: 5}
    delay_months: soon
  - kind: qouta
  - {severity: .nan}
  - 5
  - {kind: quota, tonnes: {2010: true}, delay_months: 2.5}
"""
    assert message(write(text), fix="mend these lines") == (
        "plan.yaml: has 18 mistakes.\n"
        "  plan.yaml:1: months: expected a valid integer, got '6'\n"
        "  plan.yaml:2: monhts: unknown key; did you mean months?\n"
        "  plan.yaml:3: weight: expected gross or contained, got 'grosss'; did you mean gross?\n"
        "  plan.yaml:6: policies.0.origin.1: expected text, got 3\n"
        "  plan.yaml:7: policies.0.severity.1: expected a valid number, got 'x'\n"
        "  plan.yaml:9: policies.1.origin: expected a list, got 'NO'\n"
        "  plan.yaml:10: policies.1.severity: expected a valid number or a list, got 'soon'\n"
        "  plan.yaml:11: policies.1.sevrity: unknown key; did you mean severity?\n"
        "  plan.yaml:13: policies.2.tonnes.2009: expected a valid number, got 'a'\n"
        "  plan.yaml:13: policies.2.tonnes.b: expected a key that is a valid integer, got 'b'\n"
        "  plan.yaml:14: policies.2.delay_months: expected a valid integer, got 'soon'\n"
        "  plan.yaml:15: policies.3.kind: expected ban or quota, got 'qouta'; did you mean quota?\n"
        "  plan.yaml:16: policies.4.kind: is missing\n"
        "  plan.yaml:16: policies.4.severity: expected a finite number, got .nan\n"
        "  plan.yaml:17: policies.5: expected a mapping, got 5\n"
        "  plan.yaml:18: policies.6.delay_months: expected a valid integer, got 2.5\n"
        "  plan.yaml:18: policies.6.tonnes.2010: expected a valid number, got True\n"
        "  fix:      mend these lines"
    ).replace("18 mistakes", "17 mistakes")


def test_a_single_mistake_stands_in_one_line(write):
    text = "months: 6\npolicies:\n  - kind: quota\n    tonnes: {2009: 1}\n    delay_months: soon\n"
    assert message(write(text)) == (
        "plan.yaml:5: policies.0.delay_months: expected a valid integer, got 'soon'"
    )


def test_a_missing_key_is_told_where_its_part_begins(write):
    text = "months: 6\npolicies:\n\n  - kind: ban\n    severity: 1\n"
    assert message(write(text)) == "plan.yaml:4: policies.0.origin: is missing"


def test_a_check_adds_mistakes_that_the_model_cannot_see(write):
    def find(content):
        return [(("policies", 0, "origin", 1), f"nobody knows {content['policies'][0]['origin'][1]}")]

    text = "months: 6\nextra: 1\npolicies:\n  - kind: ban\n    origin:\n      - CHN\n      - XYZ\n"
    assert message(write(text), check=find) == (
        "plan.yaml: has 2 mistakes.\n"
        "  plan.yaml:2: extra: unknown key; valid: months, policies, weight\n"
        "  plan.yaml:7: policies.0.origin.1: nobody knows XYZ"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "plan.yaml:1: is empty; expected a mapping of keys and values"),
        ("# only a comment\n", "plan.yaml:1: is empty; expected a mapping of keys and values"),
        ("---\n", "plan.yaml:1: expected a mapping of keys and values, got nothing"),
        ("- 1\n", "plan.yaml:1: expected a mapping of keys and values, got a list"),
        ("3\n", "plan.yaml:1: expected a mapping of keys and values, got 3"),
        ("months:\n\t3\n", "plan.yaml:2: a tab stands where spaces are expected; indent with spaces"),
        ("months: 1\n  x: 3\n", "plan.yaml:2: is not YAML 1.2: mapping values are not allowed here"),
        (
            "months: 'x",
            "plan.yaml:1: is not YAML 1.2: found unexpected end of stream while scanning a quoted scalar",
        ),
        (
            "months: [1\n",
            "plan.yaml:2: is not YAML 1.2: expected ',' or ']', but got '<stream end>' "
            "while parsing a flow sequence",
        ),
        (
            "\x01",
            "plan.yaml:1: is not YAML 1.2 text: unacceptable character #x0001: "
            "special characters are not allowed",
        ),
        ("months: 3\nmonths: 4\n", "plan.yaml:2: months: stands twice, first in line 1; keep one"),
        ("months: 3\n---\nmonths: 3\n", "plan.yaml:2: a second document starts here; expected one"),
        (
            "%YAML 1.1\n---\nmonths: 3\n",
            "plan.yaml:2: expected YAML 1.2, got a %YAML line of another version",
        ),
        (
            "months: 3\n? [a]\n: 3\n",
            "plan.yaml:2: expected a key that is a word or a number, got a list or a mapping",
        ),
        (
            "months: " + "1" * 5000,
            f"plan.yaml:1: months: expected a finite number, got {'1' * 40}",
        ),
        ("months: 1e999", "plan.yaml:1: months: expected a finite number, got 1e999"),
        ("months: .inf", "plan.yaml:1: months: expected a finite number, got .inf"),
        ("months: " + "[" * 50, "plan.yaml:1: months.0.0: is nested more than 20 levels deep"),
        ("months: " + "[" * 20_000, "plan.yaml:1: months.0.0: is nested more than 20 levels deep"),
    ],
)
def test_text_that_is_no_mapping_in_yaml_is_refused(write, text, told):
    assert message(write(text)) == told


def test_anchors_aliases_and_tags_are_refused(write):
    text = "months: &a 3\nweight: !!str gross\npolicies: *a\n"
    assert message(write(text)) == (
        "plan.yaml: has 3 mistakes.\n"
        "  plan.yaml:1: months: anchor &a is not allowed; write the value where it is used\n"
        "  plan.yaml:2: weight: tag tag:yaml.org,2002:str is not allowed; leave it out\n"
        "  plan.yaml:3: policies: alias *a is not allowed; write the value out"
    )


def test_nested_aliases_do_not_blow_up(write):
    # ten levels of ten aliases each would be 10^10 values
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    told = message(write("\n".join(lines)))
    assert told.startswith("plan.yaml: has ")
    assert f"... {int(told.split()[2]) - MAX_SHOWN} more" in told


def test_a_file_that_is_not_utf8_is_refused_with_its_line(write):
    assert message(write(b"months: 3\n# caf\xe9\n")) == (
        "plan.yaml:2: is not UTF-8 text (byte 0xe9 at position 15).\n"
        "  expected: YAML 1.2 in UTF-8\n"
        "  fix:      save the file as UTF-8"
    )


def test_a_byte_order_mark_and_windows_line_ends_are_fine(write):
    assert read_model(write(b"\xef\xbb\xbfmonths: 3\r\nweight: gross\r\n"), Plan) == Plan(months=3)


def test_a_large_file_is_refused_unread(write):
    assert message(write(b"#" * (MAX_BYTES + 1))) == (
        "plan.yaml: has 1000001 bytes.\n  expected: a YAML file of at most 1000000 bytes"
    )


def test_a_path_that_cannot_be_opened_is_told(tmp_path):
    missing = tmp_path / "none.yaml"
    assert message(missing) == (
        f"{missing}: cannot be opened: no such file or directory.\n  fix:      check the path"
    )
    for path in (tmp_path, Path("/dev/zero")):
        assert message(path) == (
            f"{path}: is no ordinary file.\n  expected: a YAML file\n  fix:      check the path"
        )


def test_yaml_1_2_keeps_norway_on_and_dates_as_text():
    text = "country: NO\nswitch: on\nday: 2010-09-21\nmonth: 2010-09\ntime: 1:20\ncode: 012\nyes: yes\nn: ~\n"
    assert parse_yaml(text, "a.yaml").content == {
        "country": "NO",
        "switch": "on",
        "day": "2010-09-21",
        "month": "2010-09",
        "time": "1:20",
        "code": 12,
        "yes": "yes",
        "n": None,
    }


def test_mistakes_stand_in_the_order_of_the_file_and_once():
    problems = [Problem(("b",), 2, "y"), Problem(("a",), 1, "x"), Problem(("b",), 2, "y")]
    assert str(compose_error("f", problems, "")) == "f: has 2 mistakes.\n  f:1: a: x\n  f:2: b: y"


PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.floats(-1e9, 1e9),
    st.text("ab é1:#-'\"", max_size=8),
)
TREES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner),
    max_leaves=8,
)


@pytest.mark.slow
@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=6), TREES, min_size=1))
def test_what_ruamel_writes_is_read_back(content):
    yaml, lines = YAML(typ="safe", pure=True), []
    yaml.default_flow_style = False
    yaml.dump(content, type("Sink", (), {"write": lambda self, text: lines.append(text)})())
    text = "".join(part if isinstance(part, str) else part.decode() for part in lines)
    document = parse_yaml(text, "a.yaml")
    assert (document.content, document.problems) == (content, [])


@given(st.text(max_size=60))
def test_no_text_makes_anything_but_a_scenario_error(text):
    try:
        document = parse_yaml(text, "a.yaml")
    except ScenarioError:
        return
    assert document.content is None or isinstance(document.content, dict)
    assert document.problems or isinstance(document.content, dict)
