from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RegisterRequest(_message.Message):
    __slots__ = ("request_id", "email", "password")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    email: str
    password: str
    def __init__(self, request_id: _Optional[str] = ..., email: _Optional[str] = ..., password: _Optional[str] = ...) -> None: ...

class RegisterResponse(_message.Message):
    __slots__ = ("account_id",)
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    def __init__(self, account_id: _Optional[str] = ...) -> None: ...

class LoginRequest(_message.Message):
    __slots__ = ("request_id", "email", "password")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    email: str
    password: str
    def __init__(self, request_id: _Optional[str] = ..., email: _Optional[str] = ..., password: _Optional[str] = ...) -> None: ...

class LoginResponse(_message.Message):
    __slots__ = ("tokens",)
    TOKENS_FIELD_NUMBER: _ClassVar[int]
    tokens: Tokens
    def __init__(self, tokens: _Optional[_Union[Tokens, _Mapping]] = ...) -> None: ...

class BeginLoginRequest(_message.Message):
    __slots__ = ("provider", "browser", "app")
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    BROWSER_FIELD_NUMBER: _ClassVar[int]
    APP_FIELD_NUMBER: _ClassVar[int]
    provider: str
    browser: str
    app: App
    def __init__(self, provider: _Optional[str] = ..., browser: _Optional[str] = ..., app: _Optional[_Union[App, _Mapping]] = ...) -> None: ...

class App(_message.Message):
    __slots__ = ("redirect_uri", "code_challenge", "state")
    REDIRECT_URI_FIELD_NUMBER: _ClassVar[int]
    CODE_CHALLENGE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    redirect_uri: str
    code_challenge: str
    state: str
    def __init__(self, redirect_uri: _Optional[str] = ..., code_challenge: _Optional[str] = ..., state: _Optional[str] = ...) -> None: ...

class BeginLoginResponse(_message.Message):
    __slots__ = ("authorization_url",)
    AUTHORIZATION_URL_FIELD_NUMBER: _ClassVar[int]
    authorization_url: str
    def __init__(self, authorization_url: _Optional[str] = ...) -> None: ...

class FinishLoginRequest(_message.Message):
    __slots__ = ("provider", "browser", "state", "code", "issuer", "error")
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    BROWSER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    provider: str
    browser: str
    state: str
    code: str
    issuer: str
    error: str
    def __init__(self, provider: _Optional[str] = ..., browser: _Optional[str] = ..., state: _Optional[str] = ..., code: _Optional[str] = ..., issuer: _Optional[str] = ..., error: _Optional[str] = ...) -> None: ...

class FinishLoginResponse(_message.Message):
    __slots__ = ("tokens", "app_url")
    TOKENS_FIELD_NUMBER: _ClassVar[int]
    APP_URL_FIELD_NUMBER: _ClassVar[int]
    tokens: Tokens
    app_url: str
    def __init__(self, tokens: _Optional[_Union[Tokens, _Mapping]] = ..., app_url: _Optional[str] = ...) -> None: ...

class RedeemLoginRequest(_message.Message):
    __slots__ = ("request_id", "provider", "code", "code_verifier")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    CODE_VERIFIER_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    provider: str
    code: str
    code_verifier: str
    def __init__(self, request_id: _Optional[str] = ..., provider: _Optional[str] = ..., code: _Optional[str] = ..., code_verifier: _Optional[str] = ...) -> None: ...

class RedeemLoginResponse(_message.Message):
    __slots__ = ("tokens",)
    TOKENS_FIELD_NUMBER: _ClassVar[int]
    tokens: Tokens
    def __init__(self, tokens: _Optional[_Union[Tokens, _Mapping]] = ...) -> None: ...

class RefreshRequest(_message.Message):
    __slots__ = ("refresh_token",)
    REFRESH_TOKEN_FIELD_NUMBER: _ClassVar[int]
    refresh_token: str
    def __init__(self, refresh_token: _Optional[str] = ...) -> None: ...

class RefreshResponse(_message.Message):
    __slots__ = ("tokens",)
    TOKENS_FIELD_NUMBER: _ClassVar[int]
    tokens: Tokens
    def __init__(self, tokens: _Optional[_Union[Tokens, _Mapping]] = ...) -> None: ...

class Tokens(_message.Message):
    __slots__ = ("account_id", "access_token", "expires_in_seconds", "refresh_token")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_IN_SECONDS_FIELD_NUMBER: _ClassVar[int]
    REFRESH_TOKEN_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    access_token: str
    expires_in_seconds: int
    refresh_token: str
    def __init__(self, account_id: _Optional[str] = ..., access_token: _Optional[str] = ..., expires_in_seconds: _Optional[int] = ..., refresh_token: _Optional[str] = ...) -> None: ...

class GetKeysRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetKeysResponse(_message.Message):
    __slots__ = ("keys",)
    KEYS_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedCompositeFieldContainer[VerificationKey]
    def __init__(self, keys: _Optional[_Iterable[_Union[VerificationKey, _Mapping]]] = ...) -> None: ...

class VerificationKey(_message.Message):
    __slots__ = ("kid", "algorithm", "x")
    KID_FIELD_NUMBER: _ClassVar[int]
    ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    X_FIELD_NUMBER: _ClassVar[int]
    kid: str
    algorithm: str
    x: str
    def __init__(self, kid: _Optional[str] = ..., algorithm: _Optional[str] = ..., x: _Optional[str] = ...) -> None: ...

class ReserveQuotaRequest(_message.Message):
    __slots__ = ("request_id", "video_id", "size_bytes")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    video_id: str
    size_bytes: int
    def __init__(self, request_id: _Optional[str] = ..., video_id: _Optional[str] = ..., size_bytes: _Optional[int] = ...) -> None: ...

class ReserveQuotaResponse(_message.Message):
    __slots__ = ("bytes_left",)
    BYTES_LEFT_FIELD_NUMBER: _ClassVar[int]
    bytes_left: int
    def __init__(self, bytes_left: _Optional[int] = ...) -> None: ...

class ReleaseQuotaRequest(_message.Message):
    __slots__ = ("request_id", "reserved_by")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RESERVED_BY_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    reserved_by: str
    def __init__(self, request_id: _Optional[str] = ..., reserved_by: _Optional[str] = ...) -> None: ...

class ReleaseQuotaResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
