"""Who may talk to the explorer, how much they may say, and what a page may load."""

import ipaddress
import socket
from typing import TYPE_CHECKING, Any

from isacplan.scenario.load import MAX_FILE_BYTES

if TYPE_CHECKING:
    from dash import Dash
    from flask import Flask
    from werkzeug.serving import BaseWSGIServer

MOST_BYTES = 3 * MAX_FILE_BYTES
"""A scenario in base64 inside JSON, with the state of the page beside it."""

POLICY = (
    "default-src 'self'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def guard(app: "Dash", *, host: str) -> None:
    """Check who asks, limit what is sent, and let pages load from here alone.

    Parameters
    ----------
    app : Dash
        Its callbacks are all in place.
    host : str
        Address or name that the server is bound to.
    """
    from flask import Response, abort, request
    from werkzeug.exceptions import RequestEntityTooLarge

    server: Flask = app.server
    server.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    policy = POLICY.format(scripts=" ".join(app.csp_hashes()))

    @server.before_request
    def check() -> None:  # pyright: ignore[reportUnusedFunction]
        if not allowed(request.host, host):
            abort(403, f"This explorer does not answer as {request.host!r}.")
        origin = request.headers.get("Origin")
        if origin is not None and origin.split("://", 1)[-1] != request.host:
            abort(403, "Another site's page may not use this explorer.")

    @server.after_request
    def close(response: Response) -> Response:  # pyright: ignore[reportUnusedFunction]
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return response

    @server.errorhandler(RequestEntityTooLarge)
    def refuse(_: Any) -> tuple[str, int]:  # pyright: ignore[reportUnusedFunction]
        return f"At most {MOST_BYTES} bytes are read.", 413


def allowed(stated: str, host: str) -> bool:
    """Whether a Host header names this server.

    An address in digits cannot be rebound by a foreign name server; of names, only this machine's
    own and the one it was told to serve as are taken.

    Parameters
    ----------
    stated : str
        Host header, with or without port.
    host : str
        Address or name that the server is bound to.

    Returns
    -------
    bool

    Examples
    --------
    >>> allowed("127.0.0.1:8050", "127.0.0.1"), allowed("evil.example:8050", "127.0.0.1")
    (True, False)
    """
    name = stated.rsplit(":", 1)[0] if stated.count(":") == 1 else stated
    if stated.startswith("["):
        name = stated[1:].split("]", 1)[0]
    address = _address(name)
    if is_loopback(host):
        return name == "localhost" or (address is not None and address.is_loopback)
    return address is not None or name.lower() in {"localhost", host, socket.gethostname().lower()}


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address.

    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0")
    (True, False)
    """
    address = _address(host)
    return host == "localhost" if address is None else address.is_loopback


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def bound_server(app: "Dash", *, host: str, port: int) -> "BaseWSGIServer":
    """A server that already listens; `serve_forever` answers.

    Parameters
    ----------
    app : Dash
    host : str
        Address or name to bind to.
    port : int
        0 for any that is free.

    Returns
    -------
    werkzeug.serving.BaseWSGIServer

    Raises
    ------
    ValueError
        When nothing can be bound there.
    """
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        """Says nothing about requests."""

        protocol_version = "HTTP/1.1"
        timeout = 60

        def log(self, type: str, message: str, *args: Any) -> None:
            """Nothing."""

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Without this a port stays taken for a minute after the last run.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise ValueError(
            f"--host {host} --port {port}: {error.strerror or error}; another --port, or "
            "--port 0 for any that is free, may do"
        ) from None
    with listening:
        bound = listening.getsockname()[1]
        return make_server(
            host,
            bound,
            app.server,
            threaded=True,
            request_handler=Quiet,
            fd=listening.fileno(),
        )
