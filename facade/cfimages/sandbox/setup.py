"""The parts of a running sandbox, for its request handlers."""

from collections.abc import Mapping
from pathlib import Path

import attrs

from cfimages.sandbox.clock import Clock
from cfimages.sandbox.imports.state import Imports
from cfimages.sandbox.limits import RateLimit
from cfimages.sandbox.store import Store


@attrs.frozen(kw_only=True)
class Setup:
    """The store, the clock, the imports and the settings of a sandbox. See `Sandbox` for what they mean."""

    store: Store
    clock: Clock = attrs.field(factory=Clock)
    api_token: str | None = attrs.field(default=None, repr=False)
    batch_token_ttl: float = 3600.0
    rate_limit: RateLimit | None = None
    delivery_cors: bool = False
    console_account: str = "sandbox"
    buckets: Mapping[str, Path] = attrs.field(factory=dict)
    imports: Imports = attrs.field(factory=Imports)
