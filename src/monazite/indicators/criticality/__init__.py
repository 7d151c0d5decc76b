"""The European Commission's supply risk and economic importance from our own chains, beside its own results."""
