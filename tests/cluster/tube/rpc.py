"""Raw calls by gRPC from inside a pod, with the certificate of its service, with another's, or with none."""

import json

from tests.cluster.tube.kube import Kube

CALL = """
import json, pathlib, sys, grpc
method, body, target, files = sys.argv[1], bytes.fromhex(sys.argv[2]), sys.argv[3], json.loads(sys.argv[4])
if files == "own":
    folder = pathlib.Path("/etc/wireplan/secrets/mtls")
    files = {name: (folder / name).read_text() for name in ("ca.crt", "tls.key", "tls.crt")} if folder.is_dir() else None
if files:
    given = (files[name].encode() for name in ("ca.crt", "tls.key", "tls.crt"))
    channel = grpc.secure_channel(target, grpc.ssl_channel_credentials(*given))
else:
    channel = grpc.insecure_channel(target)
metadata = [("x-principal", "somebody")]
try:
    channel.unary_unary(method, lambda b: b, lambda b: b)(body, timeout=5, metadata=metadata)
    print(json.dumps(["OK", ""]))
except grpc.RpcError as error:
    print(json.dumps([error.code().name, error.details()]))
"""
OWN = "own"


def call(
    kube: Kube, pod: str, method: str, body: bytes, service: str, files: dict[str, str] | str | None = OWN
) -> tuple[str, str]:
    """What a raw call is answered: status and text. `files` are a certificate, its key and who is trusted; None: plain text."""
    target = f"dns:///{service}.tube.svc.cluster.local:50051"
    status, text = json.loads(kube.python(pod, CALL, method, body.hex(), target, json.dumps(files)))
    return status, text
