"""Where credentials come from besides the environment: a file with a token, and profiles."""

import os
import stat
import sys
import tomllib
from pathlib import Path
from typing import Any

from cfimages import ConfigurationError
from cfimages.cli.folders import config_folder

FILE = "profiles.toml"
KEYS = ("account_id", "api_token", "api_email", "api_key", "base_url", "batch_base_url")
"""What a profile may have: arguments of `CloudflareImages`."""

MAX_TOKEN_FILE = 64 * 1024


def profile_file() -> Path:
    """Return where profiles are."""
    return config_folder() / FILE


def read_profile(name: str) -> dict[str, str]:
    """Return a profile as arguments of a client. No error shows what the file holds.

    Raises ConfigurationError if the file is missing, can be read by others, or has no such profile.
    """
    path = profile_file()
    profiles = _parsed(path, _read_private(path))
    profile = profiles.get(name)
    if not isinstance(profile, dict):
        known = ", ".join(sorted(key for key, value in profiles.items() if isinstance(value, dict))) or "none"
        raise ConfigurationError(f"--profile {name}: {path} has no [{name}]; it has {known}")
    for key, value in profile.items():
        if key not in KEYS:
            raise ConfigurationError(f"--profile {name}: {path}: {key} is unknown: use {', '.join(KEYS)}")
        if not isinstance(value, str) or not value:
            raise ConfigurationError(f"--profile {name}: {path}: {key} must be a non-empty string")
    return profile


def read_token(path: Path) -> str:
    """Return the token in a file, which may be a pipe. Raises ConfigurationError, which does not show it."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_TOKEN_FILE)
    except OSError as error:
        raise ConfigurationError(f"--token-file {path}: {error.strerror}") from None
    try:
        token = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise ConfigurationError(f"--token-file {path}: is not text") from None
    if not token or any(c.isspace() for c in token):
        raise ConfigurationError(f"--token-file {path}: must hold one token and nothing else")
    return token


def _read_private(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            if sys.platform != "win32" and (found.st_mode & 0o077 or found.st_uid not in (os.getuid(), 0)):
                mode = stat.S_IMODE(found.st_mode)
                raise ConfigurationError(f"{path} can be read or changed by others (mode {mode:o}): chmod 600 {path}")
            return file.read()
    except OSError as error:
        raise ConfigurationError(f"--profile: {path}: {error.strerror}") from None


def _parsed(path: Path, content: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode())
    except tomllib.TOMLDecodeError as error:
        place = str(error).rpartition("(")[2].rstrip(")")  # what precedes it may quote the file
        raise ConfigurationError(f"{path}: is not TOML ({place})") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: is not UTF-8") from None
