"""A local Cloudflare Images account behind the real HTTP protocol, for tests, demos and other languages.

Needs cfimages with its extra `sandbox`. It shares no code with the SDK: it is the other side of the wire.
docs/sandbox.md says how to use it. A table there says what differs from the service.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cfimages.sandbox.aiming import AimedFault, FaultControl
    from cfimages.sandbox.clock import Clock
    from cfimages.sandbox.database import DuplicateError, Snapshot
    from cfimages.sandbox.faults import FAULTS, Fault, Faults, Incident
    from cfimages.sandbox.limits import RateLimit
    from cfimages.sandbox.request_log import LoggedRequest
    from cfimages.sandbox.server import Sandbox

__all__ = [
    "FAULTS",
    "AimedFault",
    "Clock",
    "DuplicateError",
    "Fault",
    "FaultControl",
    "Faults",
    "Incident",
    "LoggedRequest",
    "RateLimit",
    "Sandbox",
    "Snapshot",
]

_HOMES = {
    **dict.fromkeys(("AimedFault", "FaultControl"), "aiming"),
    "Clock": "clock",
    **dict.fromkeys(("DuplicateError", "Snapshot"), "database"),
    **dict.fromkeys(("FAULTS", "Fault", "Faults", "Incident"), "faults"),
    "RateLimit": "limits",
    "LoggedRequest": "request_log",
    "Sandbox": "server",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: importing the package needs neither the extra nor HTTP."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in ("python_multipart", "starlette", "uvicorn"):
            raise
        raise ImportError(f"the sandbox needs {package}: install cfimages with its extra sandbox") from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
