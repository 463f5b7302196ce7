import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class VideoUploaded(_message.Message):
    __slots__ = ("video_id", "owner_id", "title", "object_key", "size_bytes", "occurred_at", "object_etag")
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    OWNER_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    OBJECT_KEY_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    OBJECT_ETAG_FIELD_NUMBER: _ClassVar[int]
    video_id: str
    owner_id: str
    title: str
    object_key: str
    size_bytes: int
    occurred_at: _timestamp_pb2.Timestamp
    object_etag: str
    def __init__(self, video_id: _Optional[str] = ..., owner_id: _Optional[str] = ..., title: _Optional[str] = ..., object_key: _Optional[str] = ..., size_bytes: _Optional[int] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., object_etag: _Optional[str] = ...) -> None: ...

class VideoProcessed(_message.Message):
    __slots__ = ("video_id", "owner_id", "title", "occurred_at", "ready", "failed")
    class Ready(_message.Message):
        __slots__ = ("playlist", "duration_ms", "size_bytes", "segments")
        PLAYLIST_FIELD_NUMBER: _ClassVar[int]
        DURATION_MS_FIELD_NUMBER: _ClassVar[int]
        SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
        SEGMENTS_FIELD_NUMBER: _ClassVar[int]
        playlist: str
        duration_ms: int
        size_bytes: int
        segments: int
        def __init__(self, playlist: _Optional[str] = ..., duration_ms: _Optional[int] = ..., size_bytes: _Optional[int] = ..., segments: _Optional[int] = ...) -> None: ...
    class Failed(_message.Message):
        __slots__ = ("reason",)
        REASON_FIELD_NUMBER: _ClassVar[int]
        reason: str
        def __init__(self, reason: _Optional[str] = ...) -> None: ...
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    OWNER_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    READY_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    video_id: str
    owner_id: str
    title: str
    occurred_at: _timestamp_pb2.Timestamp
    ready: VideoProcessed.Ready
    failed: VideoProcessed.Failed
    def __init__(self, video_id: _Optional[str] = ..., owner_id: _Optional[str] = ..., title: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ready: _Optional[_Union[VideoProcessed.Ready, _Mapping]] = ..., failed: _Optional[_Union[VideoProcessed.Failed, _Mapping]] = ...) -> None: ...

class VideoUnwanted(_message.Message):
    __slots__ = ("video_id", "occurred_at")
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    video_id: str
    occurred_at: _timestamp_pb2.Timestamp
    def __init__(self, video_id: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class NotificationDue(_message.Message):
    __slots__ = ("account_id", "to", "kind", "video_id", "title", "reason", "occurred_at")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[NotificationDue.Kind]
        KIND_VIDEO_READY: _ClassVar[NotificationDue.Kind]
        KIND_VIDEO_FAILED: _ClassVar[NotificationDue.Kind]
        KIND_VIDEO_PUBLISHED: _ClassVar[NotificationDue.Kind]
    KIND_UNSPECIFIED: NotificationDue.Kind
    KIND_VIDEO_READY: NotificationDue.Kind
    KIND_VIDEO_FAILED: NotificationDue.Kind
    KIND_VIDEO_PUBLISHED: NotificationDue.Kind
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    to: str
    kind: NotificationDue.Kind
    video_id: str
    title: str
    reason: str
    occurred_at: _timestamp_pb2.Timestamp
    def __init__(self, account_id: _Optional[str] = ..., to: _Optional[str] = ..., kind: _Optional[_Union[NotificationDue.Kind, str]] = ..., video_id: _Optional[str] = ..., title: _Optional[str] = ..., reason: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
