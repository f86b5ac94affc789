"""Draw the pictures of the user guide: `python docs/guide/figures.py FOLDER`.

The build of the pages calls `draw_all`, so no picture is committed. The same versions of matplotlib
and skrnn draw the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

OBSERVED, MISSING, PADDING, WRONG = "#9ecae1", "#fdae6b", "#eeeeee", "#fb6a4a"
FORECAST = "#cbc9e2"
INK = "#333333"


def cell(ax, x, y, colour, text="", size=9):
    """Draw one value as a unit square whose upper left corner is (x, -y)."""
    ax.add_patch(Rectangle((x, -y - 1), 1, 1, facecolor=colour, edgecolor="white", linewidth=1.5))
    if text:
        ax.text(x + 0.5, -y - 0.5, text, ha="center", va="center", fontsize=size, color=INK)


def arrow(ax, start, end, text="", offset=(0, 0)):
    style = {"arrowstyle": "-|>", "mutation_scale": 12, "color": INK, "linewidth": 1.2}
    ax.add_patch(FancyArrowPatch(start, end, shrinkA=0, shrinkB=0, **style))
    if text:
        x, y = (start[0] + end[0]) / 2 + offset[0], (start[1] + end[1]) / 2 + offset[1]
        rotation = 90 if start[0] == end[0] else 0
        ax.text(x, y, text, ha="center", va="center", rotation=rotation, fontsize=10, color=INK)


def blank(ax, xlim, ylim, title=""):
    ax.set(xlim=xlim, ylim=ylim, aspect="equal")
    ax.axis("off")
    ax.set_title(title, fontsize=11, color=INK)


def grid(ax, rows, x=0.0, y=0.0):
    """Draw rows of (colour, text) pairs, the first row on top."""
    for i, row in enumerate(rows):
        for j, (colour, text) in enumerate(row):
            cell(ax, x + j, y + i, colour, text)


def legend(ax, entries):
    handles = [Rectangle((0, 0), 1, 1, facecolor=colour) for colour in entries.values()]
    ax.legend(
        handles,
        entries.keys(),
        loc="upper center",
        bbox_to_anchor=(0.5, -0.02),
        ncol=4,
        frameon=False,
        fontsize=10,
    )


def draw_axes():
    figure, ax = plt.subplots(figsize=(6.5, 3.8))
    blank(ax, (-2.2, 9), (-7.4, 2.6))
    for sheet in (2, 1, 0):
        x, y = 1.1 * sheet, -0.9 * sheet
        frame = Rectangle((x - 0.1, -y - 5.1), 4.2, 5.2, facecolor="white", edgecolor=INK)
        ax.add_patch(frame)
        grid(ax, [[(OBSERVED, "")] * 4] * 5, x, y)
    for step in range(5):
        ax.text(2, -step - 0.5, f"timestep {step}", ha="center", va="center", fontsize=9, color=INK)
    arrow(ax, (-0.5, 0), (-0.5, -5), "time", offset=(-0.5, 0))
    arrow(ax, (0, -5.5), (4, -5.5), "features", offset=(0, -0.5))
    arrow(ax, (4.7, -4.9), (7.2, -2.85), "samples", offset=(1.2, -0.5))
    ax.text(
        -0.5,
        -7,
        "X.shape = (n_samples, n_timesteps, n_features)",
        fontsize=11,
        color=INK,
        ha="left",
        family="monospace",
    )
    return figure


def draw_containers():
    figure, axes = plt.subplots(1, 4, figsize=(12, 3.4), layout="constrained")
    full, pad = (OBSERVED, ""), (PADDING, "NaN")
    ax = axes[0]
    blank(ax, (-0.5, 6), (-7, 2.3), "3-D array")
    for sheet in (1, 0):
        ax.add_patch(
            Rectangle((2.2 * sheet - 0.1, -5.1 + sheet), 3.2, 5.2, facecolor="white", edgecolor=INK)
        )
        grid(
            ax,
            [[full] * 3] * (5 - 2 * (1 - sheet)) + [[pad] * 3] * 2 * (1 - sheet),
            2.2 * sheet,
            -sheet,
        )
    ax.text(
        2.7,
        -6.6,
        "padded with NaN at the end\nn_features_in_ = 3",
        ha="center",
        fontsize=9,
        color=INK,
    )
    ax = axes[1]
    blank(ax, (-0.5, 6), (-7, 2.3), "2-D table, DataFrame")
    grid(
        ax,
        [
            [(OBSERVED, f"{v}") for v in row]
            for row in ([1, 3, 4, 2, 2], [0, 1, 1, 5, 3], [2, 2, 7, 4, 1])
        ],
    )
    arrow(ax, (0, 0.6), (5, 0.6), "time", offset=(0, 0.5))
    ax.text(
        2.5,
        -4.4,
        "one feature, one sample per row\nn_features_in_ = 5",
        ha="center",
        fontsize=9,
        color=INK,
    )
    ax = axes[2]
    blank(ax, (-0.5, 8), (-7, 2.3), "list of arrays (ragged)")
    for place, length in enumerate((3, 5, 2)):
        grid(ax, [[full] * 2] * length, 2.7 * place)
    ax.text(
        3.7,
        -6.6,
        "each sample has its own length\nn_features_in_ = 2",
        ha="center",
        fontsize=9,
        color=INK,
    )
    ax = axes[3]
    blank(ax, (-0.5, 6), (-7, 2.3), "token ids, embedding_dim set")
    ids = ([7, 3, 9, 2, 4], [5, 1, 3, 0, 0], [8, 6, 0, 0, 0])
    grid(ax, [[(OBSERVED if v else PADDING, str(v)) for v in row] for row in ids])
    arrow(ax, (0, 0.6), (5, 0.6), "time", offset=(0, 0.5))
    ax.text(
        2.5,
        -4.4,
        "0 is padding, 1 is unknown\nn_features_in_ = 5",
        ha="center",
        fontsize=9,
        color=INK,
    )
    return figure


def draw_padding_and_missing():
    figure, ax = plt.subplots(figsize=(9, 3.6))
    blank(ax, (-4.4, 10.4), (-6.5, 1.4))
    kinds = {"o": (OBSERVED, ""), "m": (MISSING, "NaN"), "p": (PADDING, "NaN"), "w": (WRONG, "NaN")}
    samples = {
        "sample 0": ("oooommoooo", "ommooomooo"),
        "sample 1": ("oomoomoppp", "oooommoppp"),
        "sample 2": ("woooooooop", "wooomoooop"),
    }
    for place, (name, features) in enumerate(samples.items()):
        y = 2.2 * place
        grid(ax, [[kinds[k] for k in feature] for feature in features], 0, y)
        ax.text(-0.3, -y - 0.5, f"{name}, feature a", ha="right", va="center", fontsize=9)
        ax.text(-0.3, -y - 1.5, "feature b", ha="right", va="center", fontsize=9)
    arrow(ax, (0, 0.4), (10, 0.4), "time", offset=(0, 0.5))
    legend(
        ax,
        {
            "observed": OBSERVED,
            "missing": MISSING,
            "padding": PADDING,
            "refused: starts all NaN": WRONG,
        },
    )
    return figure


def draw_swap():
    figure, ax = plt.subplots(figsize=(8.5, 3.4))
    blank(ax, (-1.2, 17), (-7, 2.6))
    rows = [
        [(colour, f"{name}{t}") for t in range(5)]
        for name, colour in zip("abc", ("#9ecae1", "#a1d99b", "#fdd0a2"), strict=True)
    ]
    grid(ax, rows, 0, 1)
    grid(ax, [list(row) for row in zip(*rows, strict=True)], 13)
    arrow(ax, (0, -0.5), (5, -0.5), "time", offset=(0, 0.5))
    arrow(ax, (-0.4, -1), (-0.4, -4), "features", offset=(-0.5, 0))
    arrow(ax, (13, 0.5), (16, 0.5), "features", offset=(0, 0.5))
    arrow(ax, (12.6, 0), (12.6, -5), "time", offset=(-0.5, 0))
    arrow(ax, (5.8, -2.5), (11.2, -2.5), "X.transpose(0, 2, 1)", offset=(0, 0.6))
    ax.text(2.5, -6.5, "a sample in aeon, sktime", ha="center", fontsize=10, color=INK)
    ax.text(14.5, -6.5, "a sample in skrnn", ha="center", fontsize=10, color=INK)
    return figure


def draw_network():
    figure, ax = plt.subplots(figsize=(9, 5))
    blank(ax, (-3.6, 13), (-0.4, 9.2))

    def box(x, y, width, text, colour):
        shape = FancyBboxPatch(
            (x, y),
            width,
            0.8,
            boxstyle="round,pad=0.02,rounding_size=0.15",
            facecolor=colour,
            edgecolor=INK,
            linewidth=0.8,
        )
        ax.add_patch(shape)
        ax.text(x + width / 2, y + 0.4, text, ha="center", va="center", fontsize=9, color=INK)

    for t in range(12):
        box(t + 0.08, 0, 0.84, f"$x_{{{t + 1}}}$", OBSERVED)
    for s in range(4):
        box(3 * s + 0.5, 1.6, 2, f"segment {s + 1}", "#c6dbef")
        for t in range(3):
            arrow(ax, (3 * s + t + 0.5, 0.85), (3 * s + 1 + t * 0.5, 1.55))
        box(3 * s + 0.2, 3.2, 1.2, f"$h_{s + 1}$", "#a1d99b")
        box(3 * s + 1.6, 4.4, 1.2, f"$h'_{s + 1}$", "#c7e9c0")
        arrow(ax, (3 * s + 0.8, 2.45), (3 * s + 0.8, 3.15))
        arrow(ax, (3 * s + 2.2, 2.45), (3 * s + 2.2, 4.35))
        if s:
            arrow(ax, (3 * s - 1.55, 3.6), (3 * s + 0.15, 3.6))
            arrow(ax, (3 * s + 1.55, 4.8), (3 * s - 0.15, 4.8))
        arrow(ax, (3 * s + 0.8, 4.05), (3 * s + 0.8, 5.95))
        arrow(ax, (3 * s + 2.2, 5.25), (3 * s + 2.2, 5.95))
    box(0.2, 6, 11.6, "pooling over time: last, mean, max, attention", "#fdd0a2")
    box(2.75, 7.4, 6.5, "dropout, linear head: the outputs", "#fdae6b")
    arrow(ax, (6, 6.85), (6, 7.35))
    names = {
        0.4: "timesteps",
        2.0: "segment_length=3",
        3.6: "forwards",
        4.8: "backwards",
        6.4: "one vector per sample",
    }
    for y, text in names.items():
        ax.text(-0.3, y, text, ha="right", va="center", fontsize=9, color=INK)
    return figure


def cutoff_line(ax, x, bottom):
    ax.plot([x, x], [0.5, bottom], color=INK, linestyle="--", linewidth=1.2)
    ax.text(x, 0.6, "cutoff", ha="center", va="bottom", fontsize=10, color=INK)


def draw_forecast_window():
    figure, ax = plt.subplots(figsize=(9.5, 3.9))
    blank(ax, (-5.6, 16.2), (-7.4, 1.8))
    read, asked, unread = (OBSERVED, ""), (FORECAST, "?"), (PADDING, "")
    rows = {
        "y": [read] * 5 + [(MISSING, "NaN")] + [read] * 6 + [asked] * 4,
        "known in advance": [read] * 16,
        "past_features": [read] * 12 + [unread] * 4,
        "calendar": [read] * 16,
        "static_features": [read] * 16,
    }
    for place, (name, cells) in enumerate(rows.items()):
        grid(ax, [cells], 0, 1.05 * place)
        ax.text(-0.3, -1.05 * place - 0.5, name, ha="right", va="center", fontsize=9, color=INK)
    cutoff_line(ax, 12, -5.4)
    arrow(ax, (12, -5.8), (0, -5.8), "context_length: what the network looks at", offset=(0, -0.55))
    arrow(ax, (12, -5.8), (16, -5.8), "horizon", offset=(0, -0.55))
    legend(
        ax,
        {"read": OBSERVED, "missing": MISSING, "forecast": FORECAST, "never read": PADDING},
    )
    return figure


def draw_forecast_rows():
    figure, ax = plt.subplots(figsize=(9.5, 2.6))
    blank(ax, (-0.3, 19.3), (-3.6, 1.8))
    shades = {0: "#c7e9c0", 1: "#a1d99b", 2: "#c7e9c0"}
    cells = [(PADDING, "")] * 2
    cells += [(shades[block], "") for block in range(3) for _ in range(3)]
    cells += [("white", "")] * 2 + [(FORECAST, "")] * 4
    grid(ax, [cells], 0, 0)
    cutoff_line(ax, 11, -1.2)
    ax.text(12, -0.5, "gap", ha="center", va="center", fontsize=9, color=INK)
    for block in range(3):
        start = 2 + 3 * block
        arrow(ax, (start, -1.45), (start + 3, -1.45))
    ax.text(1, -0.5, "the mean", ha="center", va="center", fontsize=9, color=INK)
    ax.text(1, -1.5, "nothing\nbefore", ha="center", va="top", fontsize=9, color=INK)
    ax.text(
        *(6.5, -1.9, "in sample: blocks of horizon=3 rows,\neach from the rows before it"),
        **{"ha": "center", "va": "top", "fontsize": 9, "color": INK},
    )
    arrow(ax, (11, -1.45), (17, -1.45))
    ax.text(
        *(14, -1.9, "after the cutoff: forecasts,\nthrough a gap and beyond the horizon"),
        **{"ha": "center", "va": "top", "fontsize": 9, "color": INK},
    )
    return figure


def draw_schedules():
    """Draw the learning rates that were recorded in real, tiny fits."""
    from skrnn import RNNClassifier

    X, y = np.random.default_rng(0).normal(size=(32, 3)), np.arange(32) % 2
    figure, ax = plt.subplots(figsize=(6.5, 3), layout="constrained")
    for schedule in ("constant", "cosine", "one_cycle"):
        classifier = RNNClassifier(
            hidden_size=2,
            learning_rate=0.01,
            learning_rate_schedule=schedule,
            max_epochs=50,
            batch_size=8,
            device="cpu",
            random_state=0,
        ).fit(X, y)
        ax.plot(
            np.arange(1, 51),
            [epoch["learning_rate"] for epoch in classifier.history_],
            label=f'"{schedule}"',
        )
    ax.set(xlabel="epoch, of max_epochs=50", ylabel="step size", yticks=[0, 0.01])
    ax.set_yticklabels(["0", "learning_rate"])
    ax.legend(frameon=False)
    return figure


FIGURES = {
    "axes": draw_axes,
    "containers": draw_containers,
    "padding_and_missing": draw_padding_and_missing,
    "swap": draw_swap,
    "network": draw_network,
    "forecast_window": draw_forecast_window,
    "forecast_rows": draw_forecast_rows,
    "schedules": draw_schedules,
}


def draw_all(folder: Path, suffix: str = "svg") -> None:
    """Write every picture of the guide into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    metadata = {"Date": None} if suffix == "svg" else None
    for name, draw in FIGURES.items():
        with plt.rc_context({"svg.hashsalt": name, "font.size": 10}):
            figure = draw()
            figure.savefig(folder / f"{name}.{suffix}", metadata=metadata, bbox_inches="tight")
            plt.close(figure)


if __name__ == "__main__":
    draw_all(Path(sys.argv[1]), *sys.argv[2:3])
