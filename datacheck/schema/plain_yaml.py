"""YAML as plain data, whoever wrote it: bounded in size, depth, aliases and digits.

No tag makes a Python object, and a key may stand once. Merge keys (``<<``) are plain YAML and are
read. Aliases are shared, not copied, so a few hundred bytes can stand for more nodes than any
machine holds, or for a list that holds itself: what they would unfold to is counted first.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from datacheck.errors import SchemaError
from datacheck.schema.values import is_mapping
from datacheck.text import TOO_DEEP, briefly, shortened

#: Characters of a schema's text; nodes that its aliases may add; lists and mappings within others.
LONGEST, UNFOLDED, DEEPEST = 2**26, 100_000, 64
#: A whole number beyond this is no integer of any dtype, so it is read as the double next to it.
_WIDEST = 2**128

#: 1e6 and 1.5e6, which are numbers to everyone but YAML 1.1.
EXPONENT = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][-+]?[0-9]+$")
EXPONENT_STARTS = list("-+.0123456789")


def parse_yaml(text: str, name: str) -> dict[str, Any]:
    """A mapping of YAML as plain data: each key once, bounded, and no tag of Python's."""
    import yaml

    if len(text) > LONGEST:
        raise SchemaError(
            f"{name} is too long for a schema",
            got=f"{len(text):,} characters",
            expected=f"at most {LONGEST:,}",
        )
    try:
        document = yaml.load(text, Loader=_loader())  # noqa: S506 - a SafeLoader that refuses more
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        got = " ".join(str(error).replace(' in "<unicode string>", line', " in line").split())
        got = shortened(got, 500)
        raise _unreadable(name, TOO_DEEP if isinstance(error, RecursionError) else got) from None
    except (LookupError, AttributeError, TypeError):  # PyYAML's readers of a tagged value
        raise _unreadable(name, "a value that is not what its tag says, such as !!bool x") from None
    if document is None:
        raise SchemaError(
            f"{name} is empty: it must be a mapping of keys to values",
            expected="a mapping with `columns:` in it",
            todo="`datacheck suggest` writes a first draft of a schema",
        )
    return is_mapping(document, f"The schema {name}")


def _unreadable(name: str, got: str) -> SchemaError:
    return SchemaError(
        f"{name} is not YAML that a schema may hold",
        got=got,
        todo="mend that line; tags (!!python/...) are refused, and a key may stand once",
    )


@lru_cache(maxsize=1)
def _loader() -> Any:
    import yaml

    # libyaml's events, where PyYAML was built with it, are ten times as fast. Nodes are composed in
    # Python all the same: libyaml's own composer knows no bounds and would exhaust the stack.
    composer: Any = yaml.composer.Composer
    bases = (composer, yaml.CSafeLoader) if yaml.__with_libyaml__ else (yaml.SafeLoader,)

    class Plain(*bases):  # type: ignore[misc]
        """Plain data only, within bounds, and no key twice in a mapping."""

        def __init__(self, stream: Any) -> None:
            bases[-1].__init__(self, stream)
            composer.__init__(self)

        def compose_mapping_node(self, anchor: Any) -> Any:
            node = super().compose_mapping_node(anchor)
            seen = set()
            for key, _ in node.value:
                word = (key.tag, key.value) if isinstance(key, yaml.ScalarNode) else None
                if word is None or word in seen:
                    shown = briefly(word[1]) if word else "that is no text"
                    raise yaml.constructor.ConstructorError(
                        None,
                        None,
                        f"the key {shown} stands twice, or can't be a key",
                        key.start_mark,
                    )
                seen.add(word)
            return node

        def get_single_node(self) -> Any:
            node = super().get_single_node()
            if node is not None:
                _check_unfolded(node)
            return node

        def construct_whole(self, node: Any) -> int | float:
            whole = self.construct_yaml_int(node)
            try:
                return whole if abs(whole) < _WIDEST else float(whole)
            except OverflowError:
                why = f"{briefly(whole)}, beyond any double"
                raise yaml.constructor.ConstructorError(None, None, why, node.start_mark) from None

    Plain.add_constructor("tag:yaml.org,2002:int", Plain.construct_whole)
    Plain.add_implicit_resolver("tag:yaml.org,2002:float", EXPONENT, EXPONENT_STARTS)
    return Plain


def _check_unfolded(root: Any) -> None:
    """Refuse aliases that unfold to far more than is written, or a node that holds itself."""
    import yaml

    sizes: dict[int, int] = {}
    inside: set[int] = set()

    def refuse(node: Any, why: str) -> Any:
        return yaml.constructor.ConstructorError(None, None, why, node.start_mark)

    def size(node: Any, depth: int) -> int:
        if isinstance(node, yaml.ScalarNode):
            return 1
        if id(node) in inside:
            raise refuse(node, "a list or mapping that holds itself")
        if depth > DEEPEST:
            raise refuse(node, f"more than {DEEPEST} lists and mappings within each other")
        if id(node) not in sizes:
            inside.add(id(node))
            children = node.value
            if isinstance(node, yaml.MappingNode):
                children = [each for pair in node.value for each in pair]
            sizes[id(node)] = 1 + sum(size(child, depth + 1) for child in children)
            inside.discard(id(node))
        return sizes[id(node)]

    whole = size(root, 0)
    written = sum(1 + len(node.value) for node in _distinct(root))
    if whole > 2 * written + UNFOLDED:
        raise refuse(root, f"aliases that unfold to {briefly(whole)} values")


def _distinct(root: Any) -> list[Any]:
    """Every list and mapping that is written, once."""
    import yaml

    found: dict[int, Any] = {}
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.ScalarNode) or id(node) in found:
            continue
        found[id(node)] = node
        pairs = isinstance(node, yaml.MappingNode)
        waiting += [each for pair in node.value for each in pair] if pairs else node.value
    return list(found.values())
