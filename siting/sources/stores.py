"""Addresses of public object stores (s3, gs) as https, and the parts that a "*" in them stands for."""

from __future__ import annotations

import fnmatch
import re
from urllib.parse import quote, unquote

from siting.errors import SourceError
from siting.sources.http import Client
from siting.sources.wfs import check_xml

__all__ = ["listed", "web_address"]


def web_address(url: str) -> str:
    """The https address of a public object.

    >>> web_address("s3://overturemaps-us-west-2/release/a.parquet")
    'https://overturemaps-us-west-2.s3.amazonaws.com/release/a.parquet'
    >>> web_address("gs://bucket/a.tif")
    'https://storage.googleapis.com/bucket/a.tif'
    """
    scheme, _, rest = url.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme == "s3":
        return f"https://{bucket}.s3.amazonaws.com/{key}"
    if scheme == "gs":
        return f"https://storage.googleapis.com/{bucket}/{key}"
    if scheme in ("http", "https"):
        return url
    raise SourceError(f"The address '{url}' cannot be read piece by piece. Write its https address.")


def listed(client: Client, url: str) -> list[str]:
    """The addresses that a pattern stands for, in order; a plain address stands for itself.

    Raises SourceError where nothing fits, or where the store does not list its objects.
    """
    address = web_address(url)
    if "*" not in address:
        return [address]
    home, key = re.fullmatch(r"(https?://[^/]+)/(.*)", address).groups()  # type: ignore[union-attr]
    bucket = ""
    if "storage.googleapis.com" in home:
        bucket, _, key = key.partition("/")
        home = f"{home}/{bucket}"
    prefix = key.partition("*")[0]
    found: list[str] = []
    token = ""
    while True:
        query = {"list-type": "2", "prefix": prefix} | ({"continuation-token": token} if token else {})
        text = client.get(f"{home}/", query=query, check=check_xml).data.decode("utf-8", "replace")
        names = [unquote(name) for name in re.findall(r"<Key>([^<]*)</Key>", text)]
        found += [f"{home}/{quote(name)}" for name in names if fnmatch.fnmatchcase(name, key)]
        more = re.search(r"<NextContinuationToken>([^<]*)</NextContinuationToken>", text)
        if more is None:
            break
        token = more[1]
    if not found:
        raise SourceError(f"No file fits '{url}'. An edition may have been deleted: look for a newer one.")
    return sorted(found)
