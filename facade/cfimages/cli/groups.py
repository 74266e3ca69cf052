"""Groups of subcommands, with suggestions and a default subcommand."""

import os

import click


class Group(click.Group):
    """A group that suggests a subcommand for an unknown word."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the subcommand. Raises a usage error if there is none with this name."""
        word = args[0]
        if ctx.resilient_parsing or word.startswith("-") or self.get_command(ctx, word) is not None:
            return super().resolve_command(ctx, args)
        from difflib import get_close_matches

        message = f"No such command {word!r}."
        if near := get_close_matches(word, self.list_commands(ctx), n=1):
            message += f" Did you mean {near[0]!r}?"
        elif os.path.exists(word):  # noqa: PTH110 - Path.exists raises for a long word
            message += " It is a file: quote patterns, or the shell expands them."
        raise click.UsageError(message, ctx)


class ListingGroup(Group):
    """A group whose subcommand is `list` if none is given."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `list` before options, and where there is nothing."""
        asks_for_help = args[:1] in ([name] for name in ctx.help_option_names)
        if not ctx.resilient_parsing and not asks_for_help and (not args or args[0].startswith("-")):
            args = ["list", *args]
        return super().parse_args(ctx, args)
