"""`wireplan lsp`: the language server, which editors start and speak to over stdin and stdout."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("lsp")(lsp)


def lsp(
    stdio: Annotated[  # noqa: ARG001 - some editors say it; there is nothing else
        bool, typer.Option("--stdio", help="Speak over stdin and stdout, as it does anyway.")
    ] = True,
) -> None:
    """Serve an editor: findings as you type, help, definitions, uses, renames, completion, fixes. docs/editor.md says how to set it up."""
    from wireplan.rim.language_server import server

    server.start()
