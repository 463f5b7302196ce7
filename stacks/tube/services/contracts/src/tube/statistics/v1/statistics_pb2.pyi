from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class GetVideoFactsRequest(_message.Message):
    __slots__ = ("video_id",)
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    video_id: str
    def __init__(self, video_id: _Optional[str] = ...) -> None: ...

class GetVideoFactsResponse(_message.Message):
    __slots__ = ("video_id", "owner_id", "ready", "duration_ms", "size_bytes", "segments")
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    OWNER_ID_FIELD_NUMBER: _ClassVar[int]
    READY_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    video_id: str
    owner_id: str
    ready: bool
    duration_ms: int
    size_bytes: int
    segments: int
    def __init__(self, video_id: _Optional[str] = ..., owner_id: _Optional[str] = ..., ready: _Optional[bool] = ..., duration_ms: _Optional[int] = ..., size_bytes: _Optional[int] = ..., segments: _Optional[int] = ...) -> None: ...

class GetOwnerTotalsRequest(_message.Message):
    __slots__ = ("owner_id",)
    OWNER_ID_FIELD_NUMBER: _ClassVar[int]
    owner_id: str
    def __init__(self, owner_id: _Optional[str] = ...) -> None: ...

class GetOwnerTotalsResponse(_message.Message):
    __slots__ = ("videos_ready", "videos_failed", "duration_ms", "size_bytes")
    VIDEOS_READY_FIELD_NUMBER: _ClassVar[int]
    VIDEOS_FAILED_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    videos_ready: int
    videos_failed: int
    duration_ms: int
    size_bytes: int
    def __init__(self, videos_ready: _Optional[int] = ..., videos_failed: _Optional[int] = ..., duration_ms: _Optional[int] = ..., size_bytes: _Optional[int] = ...) -> None: ...
