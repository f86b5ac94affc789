"""The transcriber: unaligned sequences to text."""
