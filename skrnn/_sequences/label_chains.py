"""How long a chain of labels may be to be trained."""

from __future__ import annotations

__all__ = ["refuse_long_chain"]

# Pairs of labels at all timesteps of a sequence. Their scores, sums and gradients take about 40
# bytes for each in training: 5 GiB.
_MOST_POTENTIALS, _BYTES = 1 << 27, 40


def refuse_long_chain(n_timesteps: int, n_labels: int) -> None:
    """Raise a ValueError if a sequence is too long to be trained with so many labels.

    A chain weighs every pair of labels at every timestep.
    """
    n_potentials = n_timesteps * n_labels**2
    if n_potentials > _MOST_POTENTIALS:
        raise ValueError(
            f"output_layer: got 'crf' for a sequence of {n_timesteps} timesteps and {n_labels} "
            f"labels, whose training takes about {n_potentials * _BYTES / 2**30:.3g} GiB, as it "
            f"weighs every pair of labels at every timestep. Expected at most "
            f"{max(1, _MOST_POTENTIALS // n_labels**2)} timesteps with so many labels. Set "
            "output_layer='softmax', or cut X and y into shorter sequences."
        )
