"""`cfimages sandbox`."""

import click


@click.command("sandbox", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def sandbox_command(arguments: tuple[str, ...]) -> None:
    """Start a sandbox, a local account, until Ctrl-C. --help shows its options."""
    from cfimages.sandbox.__main__ import main

    main(arguments, prog="cfimages sandbox")
