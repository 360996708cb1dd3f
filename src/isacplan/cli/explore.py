"""``isacplan explore``: the page in the browser."""

import threading

import click

from isacplan.cli.output import say, tell
from isacplan.scenario import load_scenario


@click.command("explore")
@click.argument("scenario", default="bai2024")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8050,
    show_default=True,
    help="0 for any that is free.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Address to serve at; any but this machine's own lets others in.",
)
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
def command(scenario: str, *, port: int, host: str, no_browser: bool) -> None:
    """Explore SCENARIO (a file or a preset) in the browser, on this machine."""
    loaded = load_scenario(scenario)
    try:
        import dash as _  # noqa: F401
    except ImportError:
        raise click.UsageError("the explorer needs Dash: pip install 'isacplan[explore]'") from None
    from isacplan.web import Jobs, bound_server, create_app, is_loopback

    jobs = Jobs()
    app = create_app(loaded, host=host, jobs=jobs)
    server = bound_server(app, host=host, port=port)
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{server.port}/"
    if not is_loopback(host):
        tell(
            f"warning: --host {host} lets everyone who reaches this machine plan on it, without a "
            "password and unencrypted"
        )
    say(f"isacplan explore: {address} (Ctrl-C ends it)")
    if not no_browser:
        import webbrowser

        threading.Timer(0.3, webbrowser.open, [address]).start()
    try:
        server.serve_forever()
    finally:
        jobs.cancel_all()
        server.server_close()
