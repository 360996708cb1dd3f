"""Whether a frame has an orthogonal pilot for every user, up and down."""

from isacplan.scenario.frame import FrameScenario


def check_pilots(scenario: FrameScenario, n_users: int) -> None:
    """Refuse more users than orthogonal pilots in an update, or than precoded ones in a block.

    Parameters
    ----------
    scenario : FrameScenario
    n_users : int
        K.

    Raises
    ------
    ValueError
        Says how many symbols or users would do.
    """
    frame, precoded = scenario.frame, scenario.transmission.pilots
    _check("frame", "symbols_per_update", frame.symbols_per_update, scenario, n_users)
    if precoded:
        # Users learn their own gain from them, without a share of another's.
        _check("transmission", "precoded_pilots", precoded, scenario, n_users)


def _check(section: str, key: str, n_symbols: int, scenario: FrameScenario, n_users: int) -> None:
    per_symbol, most = scenario.frame.pilots_per_symbol, scenario.frame.symbols_per_block
    n_pilots = n_symbols * per_symbol
    if n_users <= n_pilots:
        return
    symbols = -(-n_users // per_symbol)
    fits = symbols <= most if key == "symbols_per_update" else symbols < most
    longer = f"{key} = {symbols}, or " if fits else ""
    raise ValueError(
        f"{section}: {n_users} users need as many orthogonal pilots, and {key} = {n_symbols} with "
        f"pilots_per_symbol = {per_symbol} has {n_pilots}: {longer}at most {n_pilots} users, "
        "would do"
    )
