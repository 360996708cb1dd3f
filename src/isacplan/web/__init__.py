"""The explorer: a page in the browser on the same code as every command."""

from isacplan.web.app import create_app
from isacplan.web.jobs import Jobs
from isacplan.web.server import bound_server, is_loopback

__all__ = ["Jobs", "bound_server", "create_app", "is_loopback"]
