"""A device beside the CPU, for machines that have none: run, it trains everything on it.

Its tensors compute on the CPU but say that they are elsewhere, and an operation that mixes them
with tensors of the CPU fails, as it would on a GPU. Numbers that are fetched from it are counted:
each makes a program wait for its GPU. Prints a line of JSON for each case.
"""

import contextlib
import json
import sys
import warnings

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

NAME = "elsewhere"

# These may read tensors of two devices, on a GPU too.
_MAY_MIX = ("aten::copy_", "aten::_to_copy", "aten::to")

# What a GPU has to be waited for, beside copies to the CPU.
_WAITS = ("aten::_local_scalar_dense", "aten::nonzero", "aten::masked_select")

n_fetched = 0


class Elsewhere(torch.Tensor):
    """A tensor of the other device, around one of the CPU."""

    @staticmethod
    def __new__(cls, inner):
        return torch.Tensor._make_wrapper_subclass(
            cls, inner.shape, strides=inner.stride(), dtype=inner.dtype, device=f"{NAME}:0"
        )

    def __init__(self, inner):
        self.inner = inner

    @classmethod
    def __torch_dispatch__(cls, operation, types, args=(), kwargs=None):
        return compute(operation, args, kwargs or {})


def is_elsewhere(one):
    return isinstance(one, torch.device) and one.type == NAME


def bare(one):
    if isinstance(one, Elsewhere):
        return one.inner
    return torch.device("cpu") if is_elsewhere(one) else one


def compute(operation, args, kwargs):
    """Run an operation on the CPU; its results are where its tensors are, or where it is told."""
    schema, given = operation._schema, tree_leaves((args, kwargs))
    theirs = [one for one in given if isinstance(one, Elsewhere)]
    plain = [one for one in given if isinstance(one, torch.Tensor) and type(one) is not Elsewhere]
    # a GPU takes an index from the CPU, but the CPU none from a GPU.
    indexes_theirs = schema.name == "aten::index" and isinstance(args[0], Elsewhere)
    may_mix = indexes_theirs or schema.name in _MAY_MIX
    if theirs and not may_mix and any(one.dim() for one in plain):
        raise RuntimeError(f"{schema.name}: some tensors are on {NAME}, some on the CPU")
    devices = [one for one in given if isinstance(one, torch.device)]
    goes_there = is_elsewhere(devices[-1]) if devices else bool(theirs)
    if schema.name in _WAITS or (devices and not goes_there):
        count_fetch(theirs)
    found = operation(*tree_map(bare, args), **tree_map(bare, kwargs))
    if schema.arguments and isinstance(found, torch.Tensor) and isinstance(args[0], Elsewhere):
        alias = schema.arguments[0].alias_info
        if alias is not None and alias.is_write:
            return args[0]
    there = tree_map(lambda one: Elsewhere(one) if isinstance(one, torch.Tensor) else one, found)
    return there if goes_there else found


def count_fetch(tensors):
    global n_fetched
    frame = sys._getframe()
    while frame is not None:
        place = frame.f_code.co_filename.replace("\\", "/")
        # torch's plain optimizers read a counter of steps; the fused one of a GPU does not.
        if "/torch/optim/" in place:
            return
        if "/torch/" not in place and not place.endswith("/_other_device.py"):
            break
        frame = frame.f_back
    n_fetched += bool(tensors)


class Everywhere(TorchDispatchMode):
    """Operations without tensors go to the device that they name."""

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        return compute(operation, args, kwargs or {})


# -- what torch lacks for a device of this kind -------------------------------------------


def unrolled(cell):
    """Return a recurrence in single operations: those of torch are made for its own devices."""

    def run(x, state, weights, *options):
        parts = [part[0] for part in (state if cell == "lstm" else (state,))]
        weight_ih, weight_hh, bias_ih, bias_hh = weights
        outputs = []
        for t in range(x.shape[1]):
            of_x, of_state = x[:, t] @ weight_ih.T + bias_ih, parts[0] @ weight_hh.T + bias_hh
            if cell == "rnn":
                parts = [(of_x + of_state).tanh()]
            elif cell == "gru":
                r, z, n = zip(of_x.chunk(3, 1), of_state.chunk(3, 1), strict=True)
                new = (n[0] + sum(r).sigmoid() * n[1]).tanh()
                parts = [new + sum(z).sigmoid() * (parts[0] - new)]
            else:
                i, f, g, o = (of_x + of_state).chunk(4, 1)
                inner = f.sigmoid() * parts[1] + i.sigmoid() * g.tanh()
                parts = [o.sigmoid() * inner.tanh(), inner]
            outputs.append(parts[0])
        return torch.stack(outputs, 1), *(part[None] for part in parts)

    return run


def prepare_torch():
    _setup_privateuseone_for_python_backend(NAME)
    library = torch.library.Library("aten", "IMPL")

    def empty(size, stride=None, dtype=None, **_):
        if stride is None:
            return Elsewhere(torch.empty(size, dtype=dtype))
        return Elsewhere(torch.empty_strided(size, stride, dtype=dtype))

    def copy_from(source, target, non_blocking=False):
        bare(target).copy_(bare(source))
        return target

    library.impl(
        "empty_strided",
        lambda size, stride, dtype=None, layout=None, device=None, pin_memory=None: empty(
            size, stride, dtype
        ),
        "PrivateUse1",
    )
    library.impl(
        "empty.memory_format",
        lambda size, dtype=None, layout=None, device=None, pin_memory=None, memory_format=None: (
            empty(size, None, dtype)
        ),
        "PrivateUse1",
    )
    library.impl("_copy_from", copy_from, "PrivateUse1")
    torch.lstm, torch.gru, torch.rnn_tanh = map(unrolled, ("lstm", "gru", "rnn"))
    generator = torch.Generator

    class OfTheCpu:
        def __new__(cls, device="cpu"):
            return generator()

    # numbers are drawn on the CPU; tensors around others know no inference mode.
    torch.Generator = OfTheCpu
    torch.inference_mode = lambda on=True: torch.no_grad() if on else contextlib.nullcontext()
    return library


# -- cases -------------------------------------------------------------------------------

rng = np.random.default_rng(0)
X = [rng.normal(size=(length, 3)).astype(np.float32) for length in rng.integers(4, 8, size=20)]
Y = np.array([int(x[:, 0].sum() > 0) for x in X])
IDS = [np.abs(x[:, 0] * 5).astype(int) + 1 for x in X]
WORDS = ["up" if label else "down" for label in Y]
TEXTS = ["the cat sat on the mat", "the dog sat on the rug"] * 3
SMALL = {"hidden_size": 4, "max_epochs": 1, "random_state": 0}
# three updates an epoch
SHORT = SMALL | {"batch_size": 8}


def fit_and_look_at_every_loss(device):
    """Fit while each of three updates reads a number: what the count of fetches must not miss."""
    from skrnn import RNNClassifier
    from skrnn._training.net import RecurrentNet

    mean_loss = RecurrentNet.mean_loss

    def look(net, output, batch):
        loss = mean_loss(net, output, batch)
        float(loss.detach())
        return loss

    RecurrentNet.mean_loss = look
    try:
        return RNNClassifier(early_stopping=False, device=device, **SHORT).fit(X, Y)
    finally:
        RecurrentNet.mean_loss = mean_loss


def cases():
    """Yield of each case its name, a way to fit on a device, and one to look at what was fitted."""
    import skrnn
    from skrnn.datasets import load_air_passengers
    from skrnn.inspection import integrated_gradients, recurrent_states

    def classifier(**params):
        return lambda device: skrnn.RNNClassifier(device=device, **SHORT | params).fit(X, Y)

    def proba(fitted):
        return fitted.predict_proba(X)

    pooled = {"pooling": ("last", "mean", "max", "attention"), "dropout": 0.3}
    for cell in ("rnn", "gru", "lstm"):
        yield f"classifier {cell}", classifier(cell=cell, num_layers=2, **pooled), proba
    yield "a look at every loss", fit_and_look_at_every_loss, proba
    yield "segments, forwards", classifier(segment_length=2, bidirectional=False), proba
    yield (
        "validation data, weights",
        lambda device: skrnn.RNNClassifier(device=device, class_weight="balanced", **SHORT).fit(
            X, Y, X_val=X, y_val=Y
        ),
        proba,
    )
    yield (
        "tokens",
        lambda device: skrnn.RNNClassifier(embedding_dim=4, device=device, **SHORT).fit(IDS, Y),
        lambda fitted: fitted.predict_proba(IDS),
    )
    yield (
        "regressor",
        lambda device: skrnn.RNNRegressor(device=device, **SHORT).fit(
            X, np.c_[Y, 2.0 * Y], sample_weight=np.linspace(0.1, 1, 20)
        ),
        lambda fitted: fitted.predict(X),
    )
    labels = [np.where(x[:, 0] > 0, "up", "down") for x in X]
    for output_layer in ("softmax", "crf"):
        yield (
            f"tagger {output_layer}",
            lambda device, output_layer=output_layer: skrnn.RNNTagger(
                output_layer=output_layer, device=device, **SHORT
            ).fit(X, labels),
            lambda fitted: np.concatenate(fitted.predict_proba(X)),
        )
    yield (
        "transcriber",
        lambda device: skrnn.RNNTranscriber(segment_length=1, device=device, **SHORT).fit(X, WORDS),
        lambda fitted: np.concatenate(fitted.predict_proba(X)),
    )
    for output_layer in ("softmax", "adaptive"):
        yield (
            f"language model {output_layer}",
            lambda device, output_layer=output_layer: skrnn.RNNLanguageModel(
                output_layer=output_layer, device=device, **SMALL
            ).fit(TEXTS),
            lambda fitted: np.append(fitted.transform(TEXTS), fitted.perplexity(TEXTS)),
        )
    for decoder in ("segment", "direct"):
        yield (
            f"forecaster {decoder}",
            lambda device, decoder=decoder: skrnn.RNNForecaster(
                horizon=12, decoder=decoder, device=device, **SMALL
            ).fit(load_air_passengers()[-60:]),
            lambda fitted: fitted.predict() / 100,
        )
    yield (
        "states",
        classifier(),
        lambda fitted: recurrent_states(fitted, X[0]).select_dtypes("number"),
    )
    yield (
        "gradients",
        classifier(),
        lambda fitted: np.ravel(integrated_gradients(fitted, X[0]).attributions),
    )


def main():
    global n_fetched
    kept = prepare_torch()
    with Everywhere(), contextlib.suppress(RuntimeError):
        torch.ones(2, device=NAME) + torch.ones(2)
        raise SystemExit("tensors of two devices can be mixed")
    warnings.simplefilter("ignore")
    for name, fit, look in cases():
        with Everywhere():
            n_fetched = 0
            fitted = fit(NAME)
            fetched = n_fetched
            found = look(fitted)
        place = str(next(fitted.net_.module_.parameters()).device)
        difference = np.abs(np.asarray(found, float) - np.asarray(look(fit("cpu")), float)).max()
        line = {"case": name, "device": place, "fetched": fetched, "difference": difference}
        print(json.dumps(line), flush=True)
    del kept


if __name__ == "__main__":
    main()
