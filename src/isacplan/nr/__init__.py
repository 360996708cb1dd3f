"""Legal 5G NR configurations: what the standard lets a base station be set to."""
