"""Sphinx configuration: `sphinx-build -W -b html docs docs/_build/html`.

The build needs no network (no intersphinx), and the pages need none to be read: the theme brings
its own style sheets and formulas are written as MathML, which browsers show without a script.
"""

import inspect
import os
import sys
from importlib.metadata import version as distribution_version
from pathlib import Path

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml

# The gallery looks up every name that an example imports, and fails on the halving searches unless
# they have been switched on before.
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sphinx.util import logging

os.environ.setdefault("MPLBACKEND", "Agg")  # the gallery draws without a screen

project = "skrnn"
author = "skrnn developers"
copyright = "skrnn developers"
release = distribution_version("skrnn")
version = ".".join(release.split(".")[:2])

extensions = [
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "decisions/0000-template.rst", "**/GALLERY_HEADER.rst"]
suppress_warnings = []  # -W is meant: mend the page, do not add to this

default_role = "py:obj"  # `name` links to what it names, where these pages have it

html_theme = "furo"
html_title = f"skrnn {release}"
html_copy_source = False
html_math_renderer = "mathml"

autosummary_generate = True
autodoc_typehints = "none"  # the numpydoc types are written for readers
numpydoc_show_class_members = False  # the class template lists them

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    # Every script runs, whatever its name: an example that does not run does not exist.
    "filename_pattern": r"\.py$",
    "backreferences_dir": "generated/backreferences",
    "doc_module": ("skrnn",),
    "reference_url": {"skrnn": None},
    "download_all_examples": False,
    "show_signature": False,
    "remove_config_comments": True,
}

logger = logging.getLogger(__name__)


def is_foreign(member: object) -> bool:
    """Whether a member of a class was written outside skrnn.

    What scikit-learn's base classes bring along (get_params, set_fit_request, ...) is documented
    there, and its docstrings refer to pages that are not part of these docs.
    """
    if isinstance(member, property):
        member = member.fget
    return not (getattr(inspect.unwrap(member), "__module__", None) or "skrnn").startswith("skrnn")


def skip_foreign_members(app, what, name, member, skip, options):
    return True if what == "class" and is_foreign(member) else None


def draw_guide_figures(app):
    """Draw the pictures of the user guide, which are not committed."""
    sys.path.insert(0, str(Path(app.srcdir) / "guide"))
    import figures

    figures.draw_all(Path(app.srcdir) / "generated" / "figures")


def visit_formula(self, node, as_block=False):
    try:
        self.body.append(tex2mathml(node.astext(), as_block=as_block))
    except MathError as error:
        logger.warning("no MathML for %r: %s", node.astext(), error, location=node)
    raise nodes.SkipNode


def visit_displayed_formula(self, node):
    visit_formula(self, node, as_block=True)


def setup(app):
    app.connect("builder-inited", draw_guide_figures)
    app.connect("autodoc-skip-member", skip_foreign_members)
    app.add_html_math_renderer(
        "mathml",
        inline_renderers=(visit_formula, None),
        block_renderers=(visit_displayed_formula, None),
    )
