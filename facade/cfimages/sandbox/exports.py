"""The lines for a shell that the terminal and the console offer."""

import shlex


def exports(base_url: str, batch_url: str, account: str, *, any_token: bool) -> dict[str, str]:
    """Return a line for each environment variable that a client reads, by its name. A token that was given stays out.

    Args:
        base_url: The address of the API.
        batch_url: The address of the batch host.
        account: The account id, which may have any characters.
        any_token: Whether any token is accepted.
    """
    values = {
        "CLOUDFLARE_BASE_URL": base_url,
        "CLOUDFLARE_BATCH_BASE_URL": batch_url,
        "CLOUDFLARE_ACCOUNT_ID": account,
    }
    token = "export CLOUDFLARE_API_TOKEN=sandbox" if any_token else "# CLOUDFLARE_API_TOKEN: the token you gave"
    lines = {name: f"export {name}={shlex.quote(value)}" for name, value in values.items()}
    return {**lines, "CLOUDFLARE_API_TOKEN": token}
