"""The generated endpoint modules of the API, such as `endpoints.get_image`, each imported when it is first used.

They and their models are most of what importing everything costs, and a program that lists needs one of them.
"""

from importlib import import_module
from types import ModuleType

PACKAGE = "cfimages_api.api.images"


def __getattr__(name: str) -> ModuleType:
    module = f"{PACKAGE}.{name}"
    try:
        endpoint = globals()[name] = import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:  # something that the endpoint needs
            raise
        raise AttributeError(f"the generated code has no endpoint {name}") from error
    return endpoint
