"""An S3 server on the loopback interface."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

__all__ = ["BUCKET", "SECRET", "s3_server"]

BUCKET = "s3://drawn"
SECRET = "a-secret-that-nobody-may-read"


@contextmanager
def s3_server() -> Iterator[None]:
    """An empty bucket; the environment names the server and a secret for it."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    patch = pytest.MonkeyPatch()
    patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    patch.setenv("AWS_ACCESS_KEY_ID", "drawn-world")
    patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    patch.setenv("AWS_MAX_ATTEMPTS", "1")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "SITING_OFFLINE"):
        patch.delenv(name, raising=False)
    try:
        boto3.client("s3").create_bucket(Bucket=BUCKET.removeprefix("s3://"))
        yield
    finally:
        patch.undo()
        server.stop()
        _forget()


def _forget() -> None:
    """fsspec keeps its stores; the next server is another."""
    import fsspec

    fsspec.get_filesystem_class("s3").clear_instance_cache()
