"""Scenario files: the only place where dB and degrees become SI."""
