"""Long tables, panels and windows."""
