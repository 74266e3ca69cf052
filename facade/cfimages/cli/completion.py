"""`cfimages completion`."""

import click


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion_command(ctx: click.Context, shell: str) -> None:
    """Print a completion script for a shell.

    \b
      bash:  echo 'eval "$(cfimages completion bash)"' >> ~/.bashrc
      zsh:   echo 'eval "$(cfimages completion zsh)"' >> ~/.zshrc
      fish:  cfimages completion fish > ~/.config/fish/completions/cfimages.fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is None:
        raise click.BadParameter(f"this version of click has no completion for {shell}", param_hint="SHELL")
    click.echo(found(ctx.find_root().command, {}, "cfimages", "_CFIMAGES_COMPLETE").source())
