from typing import Literal

FormBoolean = Literal["false", "true"]

FORM_BOOLEAN_VALUES: set[FormBoolean] = {
    "false",
    "true",
}


def check_form_boolean(value: str) -> FormBoolean:
    if value in FORM_BOOLEAN_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {FORM_BOOLEAN_VALUES!r}")
