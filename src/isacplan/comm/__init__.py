"""Communication: what the station knows of the channel, and the rates that follow."""
