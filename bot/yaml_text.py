"""Documents as YAML text that people read, keep in Git and apply."""

import io
from collections.abc import Mapping, Sequence

from ruamel.yaml import YAML


def yaml_text(documents: Sequence[Mapping[str, object]]) -> str:
    """The documents, `---` between them, keys in their own order."""
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.width = 4096
    writer.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    for document in documents:
        writer.explicit_start = len(documents) > 1
        writer.dump(document, out)
    return out.getvalue()
