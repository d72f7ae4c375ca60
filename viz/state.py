"""State <-> query string: what a person may choose in a view, declared once as a frozen pydantic model."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, get_args, get_origin
from urllib.parse import parse_qsl, urlencode

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from models.errors import LecternError
from viz.words import quote, shorten

MAX_TEXT = 200_000
MAX_SIDE = 64
MAX_CELL = 1e6

Table = tuple[tuple[float, ...], ...]


def parse_table(text: object) -> object:
    """Read `1,2;3,4` as rows of numbers; nothing is no rows. Anything that is not a string passes unchanged."""
    if not isinstance(text, str):
        return text
    return tuple(tuple(_number(cell) for cell in row.split(",")) for row in text.split(";")) if text else ()


def _number(cell: str) -> float:
    try:
        return float(cell.strip().replace("−", "-"))
    except ValueError:
        raise ValueError(f"{quote(shorten(cell, 20))} is not a number") from None


def format_table(table: Table) -> str:
    """Write rows of numbers as `1,2;3,4`, the inverse of `parse_table`."""
    return ";".join(",".join(map(format_number, row)) for row in table)


def format_number(number: float) -> str:
    """Write a number so that reading it gives the same one, as short as that can be."""
    return repr(number).removesuffix(".0")


def _square_cornered(table: Table) -> Table:
    if len({len(row) for row in table}) > 1:
        raise ValueError("every row needs the same number of cells")
    if table and max(len(table), len(table[0])) > MAX_SIDE:
        raise ValueError(f"at most {MAX_SIDE} rows and columns fit, and this has {len(table)} by {len(table[0])}")
    return table


def _bounded(table: Table) -> Table:
    if not all(abs(number) <= MAX_CELL for row in table for number in row):
        raise ValueError(f"every cell needs a number from -{MAX_CELL:,.0f} to {MAX_CELL:,.0f}")
    return table


def _bounded_or_hidden(table: Table) -> Table:
    _bounded(tuple(tuple(number for number in row if number != -math.inf) for row in table))
    return table


_READ = (BeforeValidator(parse_table), AfterValidator(_square_cornered))
NumberTable = Annotated[Table, *_READ, AfterValidator(_bounded)]
MaskTable = Annotated[Table, *_READ, AfterValidator(_bounded_or_hidden)]


def knob(
    default: Any,
    label: str,
    *,
    kind: str | None = None,
    help: str = "",
    options: Mapping[str, str] | None = None,
    when: Mapping[str, list[str]] | None = None,
    top: bool = False,
    clears: tuple[str, ...] = (),
    **limits: Any,
) -> Any:
    """Declare one field of a State together with its control on the page.

    - kind: "text", "longtext", "choice", "number", "toggle", "model" or "hidden"; told from the type where it is None.
    - options: for a choice, what each value is called on the page.
    - when: show the control only while these other fields have one of these values.
    - top: the control stands in the bar above all views and keeps its value from view to view.
    - clears: fields that go back to their default when this one is changed by hand.
    - limits: pydantic's own (ge, le, max_length).
    """
    extra: Any = {"label": label, "kind": kind, "help": help, "options": options, "when": when, "top": top}
    extra["clears"] = list(clears)
    return Field(default, json_schema_extra=extra, validate_default=True, **limits)


class State(BaseModel):
    """The whole state of a view. Every field has a default, so the empty query string is the default picture."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    step: int = knob(0, "Step", kind="hidden", ge=0, le=10_000)
    cell: str = knob("", "Selected cell", kind="hidden", max_length=60, pattern=r"^([A-Za-z_0-9]+,[0-9]+,[0-9]+)?$")

    @classmethod
    def read(cls, query: str | Mapping[str, str]) -> tuple[Self, tuple[str, ...]]:
        """Return the state that a query string asks for, and one sentence for each value that had to be left out."""
        asked = dict(parse_qsl(query, keep_blank_values=True)) if isinstance(query, str) else dict(query)
        values: dict[str, object] = {name: asked[name] for name in cls.model_fields if name in asked}
        notices: list[str] = []
        while True:
            try:
                return cls.model_validate(values), tuple(notices)
            except ValidationError as error:
                for name in dict.fromkeys(str(problem["loc"][0]) for problem in error.errors()):
                    notices.append(_left_out(cls, name, values.pop(name), error))

    def query(self) -> str:
        """Return the query string of this state, defaults left out."""
        fields = type(self).model_fields
        changed = {n: encode(v) for n, v in self if v != fields[n].get_default(call_default_factory=True)}
        return urlencode(changed)

    def plain(self) -> dict[str, object]:
        """Return the state as JSON values; tables of numbers as the strings that the query string uses."""
        return {name: encode(value) if isinstance(value, tuple) else value for name, value in self}


def encode(value: object) -> str:
    """Write one value as it stands in a query string."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, tuple):
        return format_table(value)
    return format_number(value) if isinstance(value, float) else str(value)


def _left_out(state: type[State], name: str, value: object, error: ValidationError) -> str:
    problem = next(problem for problem in error.errors() if problem["loc"][0] == name)
    reason = WANTED[problem["type"]].format(**problem.get("ctx", {})) if problem["type"] in WANTED else problem["msg"]
    reason = reason.removeprefix("Value error, ")
    about = f" {help}" if (help := _extra(state.model_fields[name])["help"]) and "pattern" in problem["type"] else ""
    return f"“{name}={shorten(str(value), 40)}” was left out: {reason[0].lower()}{reason[1:]}.{about}"


# What pydantic found wrong, in words for a reader.
WANTED = {
    "int_parsing": "a whole number is wanted",
    "int_from_float": "a whole number is wanted",
    "float_parsing": "a number is wanted",
    "finite_number": "a finite number is wanted",
    "bool_parsing": "1 or 0 is wanted",
    "literal_error": "wanted is {expected}",
    "greater_than_equal": "at least {ge:g} is wanted",
    "less_than_equal": "at most {le:g} is wanted",
    "string_too_long": "at most {max_length} letters fit",
    "string_pattern_mismatch": "it is written in another way",
}


def controls(state: State, limits: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the page's controls for this state: one plain dictionary for each visible field.

    `limits` narrows a number's largest value to what the model has, for instance `{"layer": 11, "head": 11}`.
    """
    shown = ((name, field) for name, field in type(state).model_fields.items() if _extra(field)["kind"] != "hidden")
    return [_control(name, field, limits) for name, field in shown]


def _control(name: str, field: FieldInfo, limits: Mapping[str, int]) -> dict[str, Any]:
    extra = _extra(field)
    bounds = {key: getattr(m, key) for m in field.metadata for key in ("ge", "le", "max_length") if hasattr(m, key)}
    largest = limits.get(name, bounds.get("le"))
    return {
        "field": name,
        "label": extra["label"],
        "kind": extra["kind"] or _kind(field),
        "options": _options(field, extra["options"]),
        "min": bounds.get("ge"),
        "max": largest,
        "help": extra["help"],
        "when": extra["when"],
        "top": extra["top"],
        "clears": extra["clears"],
        "default": encode(field.get_default(call_default_factory=True)),
    }


def _extra(field: FieldInfo) -> dict[str, Any]:
    if not isinstance(field.json_schema_extra, dict):
        raise TypeError("declare every field of a State with knob(...)")
    return field.json_schema_extra


def _kind(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return "choice"
    kinds: dict[Any, str] = {bool: "toggle", int: "number", float: "number", str: "text"}
    return kinds[field.annotation]


def _options(field: FieldInfo, names: Mapping[str, str] | None) -> list[dict[str, str]]:
    if get_origin(field.annotation) is not Literal:
        return []
    return [{"value": str(v), "label": (names or {}).get(str(v), str(v))} for v in get_args(field.annotation)]


def within(number: int, count: int, what: str) -> tuple[int, tuple[str, ...]]:
    """Return `number` if it is below `count`, else the last one there is and a sentence that says so."""
    if count < 1:
        raise LecternError(f"This model has no {what}s to show.")
    if number < count:
        return number, ()
    return count - 1, (
        f"There is no {what} {number}: this model has {what}s 0 to {count - 1}, so {count - 1} is shown.",
    )
