"""Which representation a client wants: the Accept header."""

from dataclasses import dataclass

from bot.playground.kubernetes.status import ApiError

_OFFERED = ("application/json", "application/yaml", "application/vnd.kubernetes.protobuf")
_AS = ("Table", "PartialObjectMetadata", "PartialObjectMetadataList")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A media type and the form of the object: empty, `Table` or `PartialObjectMetadata`."""

    media_type: str = "application/json"
    form: str = ""
    version: str = "v1"
    listed: bool = False


@dataclass(frozen=True, slots=True)
class _Clause:
    media_type: str
    parameters: dict[str, str]


def clauses(accept: str) -> list[_Clause]:
    """The clauses of an Accept header in order of preference."""
    found: list[tuple[float, _Clause]] = []
    for part in accept.split(","):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        values = dict(piece.split("=", 1) for piece in parameters if "=" in piece)
        try:
            quality = float(values.pop("q", "1"))
        except ValueError:
            quality = 1.0
        if media:
            found.append((quality, _Clause(media, values)))
    return [clause for _, clause in sorted(found, key=lambda pair: -pair[0])]


def negotiate(accept: str | None, offered: tuple[str, ...] = _OFFERED) -> Wanted:
    """What to answer with. Raises ApiError 406."""
    parsed = clauses(accept or "") or [_Clause("*/*", {})]
    if not any(_media(clause, offered) for clause in parsed):
        available = ", ".join(offered)
        message = f"406: Not Acceptable\n\nAvailable representations: {available}"
        raise ApiError(406, message, "NotAcceptable", {})
    for clause in parsed:
        media = _media(clause, offered)
        form = clause.parameters.get("as", "")
        if not media or media == "application/vnd.kubernetes.protobuf":
            continue
        if not form:
            return Wanted(media)
        if _is_form(clause):
            return Wanted(media, form.removesuffix("List"), clause.parameters.get("v", "v1"), form.endswith("List"))
    raise only(_OFFERED)


def only(offered: tuple[str, ...]) -> ApiError:
    """406 by the object layer: the media type is fine, the form is not."""
    return ApiError(406, f"only the following media types are accepted: {', '.join(offered)}", "NotAcceptable")


def _media(clause: _Clause, offered: tuple[str, ...]) -> str:
    if clause.media_type in offered:
        return clause.media_type
    if clause.media_type in ("*/*", "application/*"):
        return offered[0]
    return ""


def _is_form(clause: _Clause) -> bool:
    parameters = clause.parameters
    return (
        parameters.get("as") in _AS
        and parameters.get("g", "meta.k8s.io") == "meta.k8s.io"
        and parameters.get("v", "v1") in ("v1", "v1beta1")
    )
