"""Recordings made of noise and tones, and files of them."""

import numpy as np
from scipy.io import wavfile

RATE = 8000


def noise(n_timesteps=2000, seed=0, dtype=np.float32):
    return (0.1 * np.random.default_rng(seed).normal(size=n_timesteps)).astype(dtype)


def tone(hz, n_timesteps=2000, rate=RATE):
    return np.sin(2 * np.pi * hz * np.arange(n_timesteps) / rate)


def write_wav(path, audio=None, rate=RATE):
    samples = noise() if audio is None else audio
    wavfile.write(path, rate, samples)
    return path
