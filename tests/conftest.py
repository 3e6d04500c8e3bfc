"""Standing here, it lets tests import the handmade examples that lie beside it."""
