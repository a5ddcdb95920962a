"""Files: uploaded in three steps, and ready only a moment after the third."""

import secrets
from dataclasses import dataclass, field

from bot.playground.clock import PlaygroundClock
from bot.playground.slack.changes import Bulletin, Change
from bot.playground.slack.refusal import Json

_SIGNS = ((b"\x89PNG", "image/png", "png"), (b"\xff\xd8\xff", "image/jpeg", "jpg"), (b"GIF8", "image/gif", "gif"))


@dataclass(slots=True)
class File:
    """An upload. `ready_at` is real time, None until it is completed; `channels` stays empty for a private file."""

    id: str
    ticket: str
    name: str
    length: int
    owner: str
    alt_text: str = ""
    title: str = ""
    content: bytes | None = None
    ready_at: float | None = None
    channels: list[str] = field(default_factory=list)

    @property
    def mimetype(self) -> str:
        """What the bytes are, told from how they begin."""
        begin = self.content or b""
        return next((mime for sign, mime, _ in _SIGNS if begin.startswith(sign)), "application/octet-stream")

    @property
    def filetype(self) -> str:
        """Slack's short word for the type."""
        begin = self.content or b""
        return next((short for sign, _, short in _SIGNS if begin.startswith(sign)), "binary")


class Files:
    """Every upload by id and by ticket. `delay` is how long completion goes on after its answer, in real seconds."""

    def __init__(self, clock: PlaygroundClock, bulletin: Bulletin, delay: float = 0.2) -> None:
        self.delay = delay
        self.base = ""
        self._clock, self._bulletin = clock, bulletin
        self._files: dict[str, File] = {}

    def begin(self, name: str, length: int, owner: str, alt_text: str) -> File:
        """The first step: an id and a place to send the bytes to."""
        file = File(f"F0{len(self._files) + 1:09d}", secrets.token_urlsafe(24), name, length, owner, alt_text)
        self._files[file.id] = file
        return file

    def find(self, file_id: str) -> File | None:
        """The file of this id."""
        return self._files.get(file_id)

    def by_ticket(self, ticket: str) -> File | None:
        """The file whose bytes are awaited there."""
        return next((f for f in self._files.values() if secrets.compare_digest(f.ticket, ticket)), None)

    def complete(self, file: File, title: str, channels: list[str]) -> None:
        """The third step; the file is ready `delay` seconds later."""
        file.title, file.channels = title, channels
        file.ready_at = self._clock.real() + self.delay
        self._bulletin.tell(Change("file", {"id": file.id}))

    def ready(self, source: Json) -> bool:
        """May an image block show this slack_file (an object with `id` or `url`) now?"""
        wanted = source.get("id"), source.get("url")
        for file in self._files.values():
            if file.id == wanted[0] or (wanted[1] and self.url(file) == wanted[1]):
                return self._done(file) and file.mimetype.startswith("image/")
        return False

    def url(self, file: File) -> str:
        """Where the bytes can be read."""
        return f"{self.base}/files/{file.id}/{file.name}"

    def told(self, file: File) -> Json:
        """The file object; type, size and shares appear once it is ready."""
        done = self._done(file)
        return {
            "id": file.id,
            "created": int(self._clock.now().timestamp()),
            "name": file.name,
            "title": file.title or file.name,
            "user": file.owner,
            "mimetype": file.mimetype if done else "",
            "filetype": file.filetype if done else "",
            "size": len(file.content or b""),
            "alt_txt": file.alt_text,
            "is_public": bool(file.channels),
            "url_private": self.url(file),
            "permalink": self.url(file),
            "channels": list(file.channels) if done else [],
            "shares": {"public": {c: [] for c in file.channels}} if done and file.channels else {},
        }

    def _done(self, file: File) -> bool:
        return file.ready_at is not None and self._clock.real() >= file.ready_at
