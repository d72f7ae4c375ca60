"""What a link may hold, for every field of every view: derived from the declarations, as the page is."""

import math
import re
from typing import Any, Literal, get_args, get_origin
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from models.errors import LecternError
from viz.state import MAX_CELL, MAX_SIDE, State, controls, encode, within
from viz.view import View
from viz.views import VIEWS

KINDS = {"text", "longtext", "choice", "number", "toggle", "model", "picture"}
SCRIPT = "<script>alert(1)</script>"
FIELDS = [(view, name) for view in VIEWS for name in view.state.model_fields]
MASKS = {"mask"}

every_view = pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.key)
every_field = pytest.mark.parametrize(("view", "name"), FIELDS, ids=[f"{view.key}-{name}" for view, name in FIELDS])
often = settings(max_examples=30)


def limit(field: FieldInfo, name: str) -> Any:
    """Return a limit of a declaration, or None."""
    return next((getattr(part, name) for part in field.metadata if getattr(part, name, None) is not None), None)


def default(view: View, name: str) -> Any:
    return view.state.model_fields[name].get_default()


def tables(cells: st.SearchStrategy[float]) -> st.SearchStrategy[Any]:
    shapes = st.tuples(st.integers(1, 5), st.integers(1, 5))
    return st.just(()) | shapes.flatmap(lambda shape: st.tuples(*[st.tuples(*[cells] * shape[1])] * shape[0]))


def legal(name: str, field: FieldInfo) -> st.SearchStrategy[Any]:
    """Return every value that a field may have."""
    if get_origin(field.annotation) is Literal:
        return st.sampled_from(get_args(field.annotation))
    if get_origin(field.annotation) is tuple:
        cells = st.floats(-MAX_CELL, MAX_CELL)
        return tables(cells | st.just(-math.inf) if name in MASKS else cells)
    if field.annotation is str and limit(field, "pattern"):
        return st.from_regex(limit(field, "pattern"), fullmatch=True).filter(lambda text: len(text) <= 60)
    return {
        bool: st.booleans(),
        int: st.integers(limit(field, "ge"), limit(field, "le")),
        float: st.floats(limit(field, "ge"), limit(field, "le")),
        str: st.text(max_size=min(limit(field, "max_length") or 0, 80)),
    }[field.annotation]  # type: ignore[index]


def illegal(name: str, field: FieldInfo) -> list[Any]:
    """Return values of many kinds that a field may not have."""
    if get_origin(field.annotation) is tuple:
        tall, wide = ";".join("1" * (MAX_SIDE + 1)), ",".join("1" * (MAX_SIDE + 1))
        wrong = ["a,b", "1,2;3", ";", ",", "1,,2", "nan", "inf", "1e308", "-1e7", "9" * 400, tall, wide, "[[1]]"]
        return [None, {}, SCRIPT, "${1+1}", *wrong, *([] if name in MASKS else ["-inf"])]
    if field.annotation is str:
        torn = [SCRIPT, "${1+1}", "a,b,c", "a,1", "a,1,1,1", "a,٣,٣"] if limit(field, "pattern") else []
        return [None, [], {}, 1.5, "x" * (limit(field, "max_length") + 1), *torn]
    outside = [limit(field, "le"), limit(field, "ge")]
    beyond = [str(edge + sign) for edge, sign in zip(outside, (1, -1), strict=True) if edge is not None]
    return [None, [], {}, "", "abc", "nan", "inf", "1;2", "\x00", "9" * 5000, SCRIPT, "${1+1}", *beyond]


@every_view
@often
@given(data=st.data())
def test_any_legal_state_goes_into_a_link_and_comes_back_unchanged(view: View, data: st.DataObject) -> None:
    fields = view.state.model_fields.items()
    state = view.state(**{name: data.draw(legal(name, field), name) for name, field in fields})
    assert view.state.read(state.query()) == (state, ())


@every_view
@often
@given(data=st.data())
def test_a_link_holds_exactly_the_fields_that_are_not_at_their_default(view: View, data: st.DataObject) -> None:
    fields = view.state.model_fields.items()
    chosen = {name: data.draw(legal(name, field), name) for name, field in fields if data.draw(st.booleans())}
    changed = {name for name, value in chosen.items() if value != default(view, name)}
    assert {name for name, _ in parse_qsl(view.state(**chosen).query(), keep_blank_values=True)} == changed


@every_view
def test_the_empty_link_is_the_default_and_the_default_is_the_empty_link(view: View) -> None:
    state, notices = view.state.read("")
    assert state == view.state()
    assert state.query() == ""
    assert notices == ()


@every_field
def test_an_illegal_value_gives_one_sentence_and_the_default_and_leaves_the_rest_alone(view: View, name: str) -> None:
    for wrong in illegal(name, view.state.model_fields[name]):
        other = "step" if name != "step" else "cell"
        kept = {"step": "3", "cell": "output,0,1"}[other]
        state, notices = view.state.read({name: wrong, other: kept})
        assert state == view.state(**{other: 3 if other == "step" else kept}), wrong
        assert len(notices) == 1, wrong
        (sentence,) = notices
        assert sentence.startswith(f"“{name}="), sentence
        assert sentence.endswith(".")
        assert "\n" not in sentence
        assert len(sentence) < 300


@every_view
def test_several_illegal_values_give_a_sentence_each_in_the_order_of_the_fields(view: View) -> None:
    wrong = dict.fromkeys(view.state.model_fields)
    state, notices = view.state.read(wrong)
    assert state == view.state()
    assert [sentence.split("=")[0].lstrip("“") for sentence in notices] == list(view.state.model_fields)


@every_view
@often
@given(st.text(max_size=200))
def test_no_query_string_at_all_raises(view: View, query: str) -> None:
    state, _ = view.state.read(query)
    assert isinstance(state, view.state)


@every_view
@often
@given(data=st.data())
def test_no_value_at_all_raises_and_what_is_read_can_be_linked_again(view: View, data: st.DataObject) -> None:
    values = st.text(max_size=30) | st.sampled_from(["1,2;3,4", "-inf", "1", "true", SCRIPT, "9" * 400])
    asked = {name: data.draw(values) for name in view.state.model_fields}
    state, _ = view.state.read(urlencode(asked))
    assert view.state.read(state.query()) == (state, ())


@every_view
def test_unknown_keys_are_ignored_without_a_word(view: View) -> None:
    assert view.state.read("nobody=1&__class__=2&model_config=3&%00=4&=5") == (view.state(), ())


@every_view
def test_the_last_of_two_values_for_one_field_counts(view: View) -> None:
    assert view.state.read("step=1&step=2")[0].step == 2


@every_view
def test_every_field_that_is_not_hidden_has_exactly_one_control_with_a_label(view: View) -> None:
    shown = controls(view.state(), {})
    extras = {name: field.json_schema_extra for name, field in view.state.model_fields.items()}
    assert [control["field"] for control in shown] == [n for n, e in extras.items() if e["kind"] != "hidden"]  # type: ignore[index, call-overload]
    for control in shown:
        assert control["label"].strip()
        assert control["kind"] in KINDS
        assert (control["kind"] == "choice") == bool(control["options"])
        assert control["default"] == encode(default(view, control["field"]))


@every_view
def test_a_choice_offers_every_value_of_its_type_and_names_each(view: View) -> None:
    for control in controls(view.state(), {}):
        if control["kind"] == "choice":
            allowed = get_args(view.state.model_fields[control["field"]].annotation)
            assert [option["value"] for option in control["options"]] == list(allowed)
            assert all(option["label"].strip() for option in control["options"])


@every_view
def test_a_control_that_is_shown_sometimes_names_fields_and_values_that_exist(view: View) -> None:
    for control in controls(view.state(), {}):
        for other, values in (control["when"] or {}).items():
            assert set(values) <= set(get_args(view.state.model_fields[other].annotation))
        assert set(control["clears"]) <= set(view.state.model_fields)


@every_view
def test_a_control_for_a_number_ends_where_the_model_ends(view: View) -> None:
    numbers = [control["field"] for control in controls(view.state(), {}) if control["kind"] == "number"]
    narrowed = controls(view.state(), dict.fromkeys(numbers, 7))
    assert {control["field"]: control["max"] for control in narrowed if control["field"] in numbers} == dict.fromkeys(
        numbers, 7
    )


def test_a_sentence_about_a_wrong_value_says_what_was_wanted() -> None:
    told = {
        "stride_rows=9": "“stride_rows=9” was left out: at most 8 is wanted.",
        "stride_rows=1.5": "“stride_rows=1.5” was left out: a whole number is wanted.",
        "input=1,2;3": "“input=1,2;3” was left out: every row needs the same number of cells.",
        "input=1,x": "“input=1,x” was left out: “x” is not a number.",
        "input=1,nan": "“input=1,nan” was left out: every cell needs a number from -1,000,000 to 1,000,000.",
    }
    convolution = next(view for view in VIEWS if view.key == "convolution")
    for query, sentence in told.items():
        assert convolution.state.read(query)[1] == (sentence,)
    attention = next(view for view in VIEWS if view.key == "attention").state
    (sentence,) = attention.read("off=a")[1]
    assert sentence.startswith("“off=a” was left out: it is written in another way. As layer.head, with commas between")


@every_view
def test_no_sentence_about_a_wrong_value_speaks_of_patterns_or_types(view: View) -> None:
    for name in view.state.model_fields:
        for wrong in ("x" * 300_000, "1.5", "\N{GRINNING FACE}", "nan", "-1", "99999999"):
            for sentence in view.state.read({name: wrong})[1]:
                assert not re.search(r"pattern|string|valid|pars|input should", sentence), sentence


def test_a_mask_may_hold_minus_infinity_and_scores_may_not() -> None:
    masked = next(view for view in VIEWS if view.key == "masked-scores").state
    assert masked.read("mask=0,-inf;0,0")[0].mask == ((0.0, -math.inf), (0.0, 0.0))  # type: ignore[attr-defined]
    assert masked.read("mask=0,−inf;0,0")[0].mask == ((0.0, -math.inf), (0.0, 0.0))  # type: ignore[attr-defined]
    assert len(masked.read("scores=0,-inf;0,0")[1]) == 1


def test_a_layer_that_the_model_does_not_have_becomes_its_last_one_and_a_sentence() -> None:
    assert within(3, 4, "layer") == (3, ())
    layer, (sentence,) = within(4, 4, "layer")
    assert layer == 3
    assert sentence == "There is no layer 4: this model has layers 0 to 3, so 3 is shown."
    with pytest.raises(LecternError, match="no heads"):
        within(0, 0, "head")


def test_a_state_cannot_be_changed_after_it_was_made() -> None:
    with pytest.raises(ValueError, match="frozen"):
        State().step = 1  # type: ignore[misc]
