"""Reading words and their parts of speech from CoNLL-U, the format of Universal Dependencies."""

# https://universaldependencies.org/format.html: ten fields, separated by tabs.
ID, FORM, UPOS = 0, 1, 3


def parse_conllu(text: str) -> tuple[list[list[str]], list[list[str]]]:
    """Return the word forms and the UPOS tags of ``text``, a list for each sentence.

    A line for a range (``1-2``) repeats, as it is written, what the lines of its words say; a line
    for an empty node (``8.1``) is a word that the sentence leaves out. Neither is a word here.
    """
    forms: list[list[str]] = []
    tags: list[list[str]] = []
    for block in text.strip("\n").split("\n\n"):
        lines = [line.split("\t") for line in block.split("\n") if not line.startswith("#")]
        words = [fields for fields in lines if fields[ID].isdecimal()]
        forms.append([fields[FORM] for fields in words])
        tags.append([fields[UPOS] for fields in words])
    return forms, tags
