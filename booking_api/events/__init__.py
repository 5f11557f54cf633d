"""Events: what people attend."""
