"""Y. Gao et al., splits between localization and communication: figures and claims."""
