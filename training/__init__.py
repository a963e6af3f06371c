"""Builds the bundle in models/embedded: the int8 encoder, its heads, the manifest and the cards."""
