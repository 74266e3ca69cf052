"""Groups of subcommands that list by themselves: `cfimages jobs` is `cfimages jobs list`."""

import click


class ListingGroup(click.Group):
    """A group whose subcommand is `list` if none is given."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `list` before options, and where there is nothing."""
        asks_for_help = args[:1] in ([name] for name in ctx.help_option_names)
        if not ctx.resilient_parsing and not asks_for_help and (not args or args[0].startswith("-")):
            args = ["list", *args]
        return super().parse_args(ctx, args)
