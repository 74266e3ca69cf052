"""How Sphinx builds the site: `make docs`."""

import ast

from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer

import cfimages
from cfimages import __version__

project = "cfimages"
author = "the authors of cfimages"
version = release = __version__
html_title = f"cfimages {__version__}"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

default_role = "code"  # docstrings use single backticks for code, as Markdown does

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 100
napoleon_numpy_docstring = False

html_theme = "furo"
html_extra_path = ["extra"]
html_show_copyright = False
html_show_sourcelink = False


def keep_first_line(app: object, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Keep napoleon from reading the text before a colon as the type of a property."""
    if what in ("attribute", "data", "property"):
        lines[:0] = ["..", ""]  # an empty comment


def describe_alias(app: object, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Describe a type alias by the text below its assignment and by its value, not by the docstring of its type."""
    alias = name.removeprefix("cfimages.")
    if alias not in cfimages._MODULE_OF:
        return
    analyzer = ModuleAnalyzer.for_module(f"cfimages.{cfimages._MODULE_OF[alias]}")
    if text := analyzer.find_attr_docs().get(("", alias)):
        (value,) = (
            node.value
            for node in ast.parse(analyzer.code).body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets) == alias
        )
        lines[:] = [*text, "", f"Its value is `{ast.unparse(value)}`.", ""]


def setup(app: Sphinx) -> None:
    """Change docstrings before napoleon reads them."""
    app.connect("autodoc-process-docstring", describe_alias, priority=50)
    app.connect("autodoc-process-docstring", keep_first_line, priority=100)
