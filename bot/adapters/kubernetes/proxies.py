"""Which proxy stands before an API server, by the environment's rules as kubectl reads them.

Python's own reading knows no address ranges in NO_PROXY, and `10.0.0.0/8` is what most pods have there for the API server.
"""

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit


def environment_proxy(server: str, environment: Mapping[str, str]) -> str | None:
    """The proxy's URL for a server's URL, None for a direct connection.

    HTTPS_PROXY or HTTP_PROXY by the server's scheme, NO_PROXY with names, their subdomains, ports, addresses and ranges;
    this machine itself is never asked for through a proxy.
    """
    parts = urlsplit(server)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    proxy = _variable(environment, f"{parts.scheme}_proxy")
    if not proxy or _is_here(host):
        return None
    exceptions = [entry.strip().lower() for entry in _variable(environment, "no_proxy").split(",")]
    if any(entry and _excepts(entry, host, port) for entry in exceptions):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _variable(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name.upper()) or environment.get(name) or ""


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _excepts(entry: str, host: str, port: int) -> bool:
    """Whether one entry of NO_PROXY covers the host. An entry with a port covers only that port."""
    if entry == "*":
        return True
    name, colon, wanted = entry.rpartition(":")
    if colon and wanted.isdigit() and ":" not in name.strip("[]"):
        if int(wanted) != port:
            return False
        entry = name
    try:
        return ip_address(host) in ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        suffix = entry.removeprefix("*")
        return host == entry or host.endswith(suffix if suffix.startswith(".") else f".{suffix}")
