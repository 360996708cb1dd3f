"""What the page itself does when something changes: `assets` has the functions."""

from dash import MATCH, ClientsideFunction, Dash, Input, Output, State

from isacplan.web.layout import QUIET


def in_the_page(app: Dash) -> None:
    """Register what the page does by itself.

    What changes with every move of a slider touches one component only: the toolkit's own way to
    many outputs takes longer than the plan.

    Parameters
    ----------
    app : Dash
    """

    def register(function: str, *arguments: Input | State) -> None:
        app.clientside_callback(
            ClientsideFunction("explorer", function),
            Output(f"{QUIET}-{function}", "data"),
            *arguments,
        )

    for kind in ("key", "slide"):
        own = {"type": kind, "path": MATCH}
        app.clientside_callback(
            ClientsideFunction("explorer", kind),
            Output(own, "className"),
            Input(own, "value"),
            State(own, "id"),
            prevent_initial_call=True,
        )
    register("open", Input("url", "hash"), State("initial", "data"), State("keys", "data"))
    register("loaded", Input("loaded", "data"))
    register("planned", Input("plan-status", "data"))
    register("worked", Input("task-status", "data"))
    register("swept", Input("sweep-key", "value"))
    register("theme", Input("theme", "value"))
    register("user", Input("user", "value"))
