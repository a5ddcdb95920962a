"""The rules for names, labels and keys, with the sentences the server refuses them with."""

import re

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = _LABEL + r"(\." + _LABEL + ")*"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = "((" + "[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?"
_CONFIG_KEY = "[-._a-zA-Z0-9]+"
_DNS1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"

SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    f"end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_SUBDOMAIN}')"
)
LABEL_RULE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    f"an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{_LABEL}')"
)
DNS1035_RULE = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    f"and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '{_DNS1035}')"
)
_NAME_PART_RULE = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    f"character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{_QUALIFIED}')"
)
_VALUE_RULE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    f"'{_VALUE}')"
)
_CONFIG_KEY_RULE = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
    f"'key-name', regex used for validation is '{_CONFIG_KEY}')"
)
_QUALIFIED_RULE = (
    "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    f"alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{_QUALIFIED}') "
    "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
)


def subdomain_faults(name: str) -> list[str]:
    """What keeps a text from being a DNS subdomain, as most object names must be."""
    faults = ["must be no more than 253 characters"] if len(name) > 253 else []
    return faults + ([] if re.fullmatch(_SUBDOMAIN, name) else [SUBDOMAIN_RULE])


def label_faults(name: str) -> list[str]:
    """What keeps a text from being a DNS label, as namespaces and container names must be."""
    faults = ["must be no more than 63 characters"] if len(name) > 63 else []
    return faults + ([] if re.fullmatch(_LABEL, name) else [LABEL_RULE])


def dns1035_faults(name: str) -> list[str]:
    """What keeps a text from being a Service's name."""
    faults = ["must be no more than 63 bytes"] if len(name) > 63 else []
    return faults + ([] if re.fullmatch(_DNS1035, name) else [DNS1035_RULE])


def label_key_faults(key: str) -> list[str]:
    """What keeps a text from being a label's or annotation's key."""
    prefix, slash, name = key.rpartition("/")
    if "/" in prefix:
        return [_QUALIFIED_RULE]
    faults: list[str] = []
    if slash and not prefix:
        faults.append("prefix part must be non-empty")
    elif slash and subdomain_faults(prefix):
        faults += [f"prefix part {fault}" for fault in subdomain_faults(prefix)]
    if not name:
        faults.append("name part must be non-empty")
    elif len(name) > 63:
        faults.append("name part must be no more than 63 bytes")
    return faults + ([] if re.fullmatch(_QUALIFIED, name) else [_NAME_PART_RULE])


def label_value_faults(value: str) -> list[str]:
    """What keeps a text from being a label's value."""
    faults = ["must be no more than 63 bytes"] if len(value) > 63 else []
    return faults + ([] if re.fullmatch(_VALUE, value) else [_VALUE_RULE])


def config_key_faults(key: str) -> list[str]:
    """What keeps a text from being a key of a ConfigMap or Secret."""
    faults = ["must be no more than 253 bytes"] if len(key) > 253 else []
    if not re.fullmatch(_CONFIG_KEY, key):
        faults.append(_CONFIG_KEY_RULE)
    elif key == ".":
        faults.append("must not be '.'")
    elif key == "..":
        faults.append("must not be '..'")
    elif key.startswith(".."):
        faults.append("must not start with '..'")
    return faults


def port_name_faults(name: str) -> list[str]:
    """What keeps a text from being a port's name."""
    faults = ["must be no more than 15 characters"] if len(name) > 15 else []
    if not re.fullmatch("[-a-z0-9]+", name):
        faults.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search("[a-z]", name):
        faults.append("must contain at least one letter (a-z)")
    if "--" in name:
        faults.append("must not contain consecutive hyphens")
    if name[:1] == "-" or name[-1:] == "-":
        faults.append("must not begin or end with a hyphen")
    return faults


def env_name_faults(name: str) -> list[str]:
    """What keeps a text from being an environment variable's name."""
    if re.fullmatch("[ -<>-~]+", name):
        return []
    return ["a valid environment variable name must consist only of printable ASCII characters other than '='"]
