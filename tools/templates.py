"""The templates that `make generate` hands to the generator: its own, with our replacements.

A replacement names one line of a template and says what stands there instead. If an update of the generator has
changed, removed or doubled that line, generation fails and names the replacement.
"""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import openapi_python_client

GENERATORS_OWN = Path(openapi_python_client.__file__).parent / "templates"


@dataclass(frozen=True)
class Replacement:
    """Lines that stand in a template in place of one line, which is given without its indentation."""

    name: str
    template: str
    line: str
    lines: str

    def apply(self, folder: Path) -> None:
        """Replace the line in a folder of templates. Raises LookupError if it is not there exactly once."""
        path = folder / self.template
        text = path.read_text("utf-8").splitlines() if path.exists() else []
        places = [index for index, line in enumerate(text) if line.strip() == self.line]
        if len(places) != 1:
            raise LookupError(f"{self.name}: {self.template} has {len(places)} lines that are {self.line!r}, not 1")
        text[places[0] : places[0] + 1] = self.lines.strip("\n").splitlines()
        path.write_text("\n".join(text) + "\n", "utf-8")


REPLACEMENTS = (
    # Importing all models takes half as long as importing the façade, and a program needs few of them.
    Replacement(
        "import models for type checkers only",
        "models_init.py.jinja",
        "{% for import in imports | sort %}",
        """
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
{% for import in imports | sort %}
""",
    ),
    Replacement("indent the imports", "models_init.py.jinja", "{{ import }}", "    {{ import }}"),
    Replacement(
        "import a model when it is first used",
        "models_init.py.jinja",
        "{% if imports %}",
        """
else:  # A type checker that saw __getattr__ would take any name for a model.
    _MODULES = {
{% for import in imports | sort %}
{% set words = import.split(" ") %}
        "{{ words[3] }}": "{{ words[1] }}",
{% endfor %}
    }

    def __getattr__(name: str) -> Any:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_MODULES[name], __name__), name)

{% if imports %}
""",
    ),
    # Reading a model copies the answer's dictionary and empties the copy; a listing does that for each image.
    Replacement(
        "know the names of the fields",
        "model.py.jinja",
        """T = TypeVar("T", bound="{{ class_name }}")""",
        """
T = TypeVar("T", bound="{{ class_name }}")

{% if model.additional_properties %}
_FIELDS: frozenset[str] = frozenset({
    {% for property in model.required_properties + model.optional_properties %}
    "{{ property.name | in_double_quote_literal }}",
    {% endfor %}
})
{% endif %}
""",
    ),
    Replacement("do not copy the dictionary", "model.py.jinja", "d = dict(src_dict)", ""),
    Replacement(
        "read a required field",
        "model.py.jinja",
        """{% set property_source = 'd.pop("' + (property.name | in_double_quote_literal) + '")' %}""",
        """{% set property_source = 'src_dict["' + (property.name | in_double_quote_literal) + '"]' %}""",
    ),
    Replacement(
        "read an optional field",
        "model.py.jinja",
        """{% set property_source = 'd.pop("' + (property.name | in_double_quote_literal) + '", UNSET)' %}""",
        """{% set property_source = 'src_dict.get("' + (property.name | in_double_quote_literal) + '", UNSET)' %}""",
    ),
    Replacement(
        "keep other fields if there are any",
        "model.py.jinja",
        "{{ module_name }}.additional_properties = d",
        """
        if not _FIELDS.issuperset(src_dict):
            others = {name: value for name, value in src_dict.items() if name not in _FIELDS}
            {{ module_name }}.additional_properties = others
""",
    ),
    Replacement(
        "convert other fields",
        "model.py.jinja",
        "for prop_name, prop_dict in d.items():",
        """
        for prop_name, prop_dict in src_dict.items():
            if prop_name in _FIELDS:
                continue
""",
    ),
    # `cast(list[str], ...)` makes a type at run time, for each image.
    Replacement(
        "do not cast a list",
        "property_templates/list_property.py.jinja",
        "{{ property.python_name }} = cast("
        "{{ property.get_type_string(no_optional=True) | as_unembedded_code }}, {{ source }})",
        "{{ property.python_name }} = {{ source }}",
    ),
    # A nullable field makes a function each time it is read; at most one of its types needs converting.
    Replacement(
        "read a nullable field without a function",
        "property_templates/union_property.py.jinja",
        "{% macro construct(property, source) %}",
        """
{% macro construct(property, source) %}
{% set ns = namespace(converted = [], others = 0) %}
{% for inner_property in property.inner_properties %}
    {% import "property_templates/" + inner_property.template as inner_template %}
    {% if inner_template.construct %}
        {% set ns.converted = ns.converted + [inner_property] %}
    {% else %}
        {% set ns.others = ns.others + 1 %}
    {% endif %}
{% endfor %}
{% if not ns.converted %}
{{ property.python_name }} = {{ source }}
{% elif ns.converted | length == 1 and ns.others %}
    {% set inner_property = ns.converted[0] %}
    {% import "property_templates/" + inner_property.template as inner_template %}
{{ property.python_name }} = {{ source }}
if {{ inner_template.check_type_for_construct(inner_property, property.python_name) }}:
    try:
        {{ inner_template.construct(inner_property, property.python_name) | indent(8) }}
        {{ property.python_name }} = {{ inner_property.python_name }}
    except (TypeError, ValueError, AttributeError, KeyError):
        pass
{% else %}
{{ construct_with_a_function(property, source) }}
{% endif %}
{% endmacro %}

{% macro construct_with_a_function(property, source) %}
""",
    ),
)


def write(folder: Path, replacements: Iterable[Replacement] = REPLACEMENTS) -> None:
    """Write the generator's templates with our replacements. Raises LookupError if one does not fit."""
    shutil.copytree(GENERATORS_OWN, folder)
    for replacement in replacements:
        replacement.apply(folder)
