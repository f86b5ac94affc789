"""Small real data sets of sequences, and the reader for the archives they come from."""

from skrnn.datasets._air_passengers import load_air_passengers
from skrnn.datasets._an4 import fetch_an4
from skrnn.datasets._bike_sharing import fetch_bike_sharing
from skrnn.datasets._cmapss import fetch_cmapss
from skrnn.datasets._data_home import get_data_home
from skrnn.datasets._digit_rows import load_digit_rows
from skrnn.datasets._ett import fetch_ett
from skrnn.datasets._exchange_rate import fetch_exchange_rate
from skrnn.datasets._free_spoken_digits import fetch_free_spoken_digits
from skrnn.datasets._m4_hourly import fetch_m4_hourly
from skrnn.datasets._sms_spam import fetch_sms_spam
from skrnn.datasets._sst2 import fetch_sst2
from skrnn.datasets._tiny_shakespeare import fetch_tiny_shakespeare
from skrnn.datasets._trec import fetch_trec
from skrnn.datasets._ts_archives import fetch_covid3month, fetch_japanese_vowels, fetch_ucr_uea
from skrnn.datasets._ts_format import read_ts
from skrnn.datasets._tsf_format import read_tsf
from skrnn.datasets._ud_english_ewt import fetch_ud_english_ewt
from skrnn.datasets._utd_mhad import fetch_utd_mhad
from skrnn.datasets._wikitext2 import fetch_wikitext2

__all__ = [
    "fetch_an4",
    "fetch_bike_sharing",
    "fetch_cmapss",
    "fetch_covid3month",
    "fetch_ett",
    "fetch_exchange_rate",
    "fetch_free_spoken_digits",
    "fetch_japanese_vowels",
    "fetch_m4_hourly",
    "fetch_sms_spam",
    "fetch_sst2",
    "fetch_tiny_shakespeare",
    "fetch_trec",
    "fetch_ucr_uea",
    "fetch_ud_english_ewt",
    "fetch_utd_mhad",
    "fetch_wikitext2",
    "get_data_home",
    "load_air_passengers",
    "load_digit_rows",
    "read_ts",
    "read_tsf",
]
