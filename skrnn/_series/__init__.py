"""Time grids, and panels of series on them."""
