"""The lists of scenario keys, made of what validates them."""

import re

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from isacplan.scenario import Key, scenario_keys


class ScenarioKeys(SphinxDirective):
    """``scenario-keys``: a list for every section of a kind of scenario."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Parse the lists where the directive stands."""
        self.env.note_reread()
        keys = scenario_keys(self.arguments[0])
        lines: list[str] = []
        for section in dict.fromkeys(key.section for key in keys):
            lines += _table(section, [key for key in keys if key.section == section])
        found = nodes.container()
        self.state.nested_parse(StringList(lines, source="scenario keys"), 0, found)
        return found.children


def _table(section: str, keys: list[Key]) -> list[str]:
    name = f"[[{section}]]" if keys[0].repeated else f"[{section}]"
    lines = [f"**`{name}`**" if section else "**At the top of the file**", ""]
    for key in keys:
        lines += [_term(key), f": {_meaning(key)}  ", f"  {_value(key)}", ""]
    return lines


def _term(key: Key) -> str:
    words = [f"[{key.unit}]"] if key.unit else []
    if key.required:
        words.append("required")
    elif key.default not in (None, ""):
        words.append(f"default `{key.default}`")
    return f"`{key.name}` " + ", ".join(words)


def _value(key: Key) -> str:
    return re.sub(r'"\w+"', r"`\g<0>`", key.kind)


def _meaning(key: Key) -> str:
    needs = f"; needs {key.needs}" if key.needs else ""
    source = f" ({key.source})" if key.source else ""
    return (key.meaning + needs + source).replace("[", "\\[")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("scenario-keys", ScenarioKeys)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
