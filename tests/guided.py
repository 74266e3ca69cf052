"""Fuzzing guided by coverage: atheris looks for input that takes the SDK where the property tests have not been.

`python tests/guided.py [TARGET]` fuzzes a target, or one after the other; further arguments are those of libFuzzer.
What is fuzzed, and what must hold, are tests that hypothesis runs in `make test` too.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import atheris

sys.path.append(str(Path(__file__).parents[1]))

with atheris.instrument_imports(include=["cfimages", "cfimages_api"]):
    from tests import test_hostile_input
    from tests.http import test_exceptions, test_hostile_responses
    from tests.listing import test_filters

TARGETS: dict[str, Callable[..., Any]] = {
    "filters": test_filters.test_anything_else_gives_a_valid_query_or_a_filter_error,
    "listings": test_hostile_input.test_no_argument_of_a_listing_becomes_another_parameter,
    "ids": test_hostile_input.test_ids_stay_one_segment_of_the_path,
    "addresses": test_hostile_input.test_an_address_is_refused_or_is_where_requests_go,
    "signing": test_hostile_input.test_whatever_is_to_be_signed_what_comes_out_is_an_error_of_ours_or_the_same_address,
    "configuration": test_hostile_input.test_no_environment_has_credentials_go_in_the_clear,
    "errors": test_exceptions.test_whatever_an_answer_is_an_error_can_be_made_of_it,
    "answers": test_hostile_responses.test_whatever_answers_what_comes_out_is_an_error_of_ours_or_a_right_result,
}


def fuzz(name: str, options: list[str]) -> None:
    """Fuzz a target in a process of its own, which libFuzzer ends. Exits if something does not hold."""
    print(f"== {name}", flush=True)  # noqa: T201 - a command
    if (child := os.fork()) == 0:
        one_input: Any = TARGETS[name].hypothesis.fuzz_one_input  # type: ignore[attr-defined]  # hypothesis adds it
        atheris.Setup([sys.argv[0], *options], one_input)
        atheris.Fuzz()
    if os.waitpid(child, 0)[1]:
        sys.exit(f"{name}: see above")


def main() -> None:
    names = [word for word in sys.argv[1:] if not word.startswith("-")]
    options = [word for word in sys.argv[1:] if word.startswith("-")]
    for name in names or TARGETS:
        fuzz(name, options)


if __name__ == "__main__":
    main()
