"""`cfimages completion`."""

import click


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion_command(ctx: click.Context, shell: str) -> None:
    """Print a script with which a shell completes this command.

    \b
      bash:  echo 'eval "$(cfimages completion bash)"' >> ~/.bashrc
      zsh:   echo 'eval "$(cfimages completion zsh)"' >> ~/.zshrc
      fish:  cfimages completion fish > ~/.config/fish/completions/cfimages.fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is None:
        raise click.BadParameter(f"{shell} cannot be completed by this version of click", param_hint="SHELL")
    click.echo(found(ctx.find_root().command, {}, "cfimages", "_CFIMAGES_COMPLETE").source())
