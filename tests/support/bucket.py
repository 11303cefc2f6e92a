"""An S3 server with a bucket of tables, as a process: it prints its address, and waits.

`served` starts it, and says in the environment where it is.
"""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import polars as pl
import pytest
from moto.server import ThreadedMotoServer

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "s3cret",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ALLOW_HTTP": "true",
    "AWS_EC2_METADATA_DISABLED": "true",
}

TABLE = pl.DataFrame({"id": range(5), "x": [n + 0.5 for n in range(5)]})
CSV = "id,x\n" + "".join(f"{n},{n}.5\n" for n in range(5))


def objects() -> dict[str, bytes]:
    """The same table in several formats, and some that are broken."""
    packed: dict[str, bytes] = {
        "x.csv": CSV.encode(),
        "x.csv.gz": gzip.compress(CSV.encode()),
        "ragged.csv": CSV.encode() + b"1,2,3\n",
        "x.ndjson": TABLE.write_ndjson().encode(),
    }
    parts = {"x": TABLE, "parts/0": TABLE.head(2), "parts/1": TABLE.tail(3)}
    for name, frame in parts.items():
        raw = io.BytesIO()
        frame.write_parquet(raw)
        packed[f"{name}.parquet"] = raw.getvalue()
    raw = io.BytesIO()
    TABLE.write_ipc(raw)
    packed["x.arrow"] = raw.getvalue()
    packed["penguins.csv"] = (ROOT / "sample_data/penguins.csv").read_bytes()
    packed["torn.parquet"] = packed["x.parquet"][:200]
    return packed


@contextmanager
def served() -> Iterator[str]:
    """The server's address for the web; for `s3://` the environment names it."""
    run = subprocess.Popen(
        [sys.executable, "-m", "tests.support.bucket"],
        cwd=ROOT,
        env=os.environ | ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run.stdin is not None
    assert run.stdout is not None
    with run, pytest.MonkeyPatch.context() as patch:
        address = run.stdout.readline().strip()
        for name, value in (ENVIRONMENT | {"AWS_ENDPOINT_URL": address}).items():
            patch.setenv(name, value)
        yield address
        run.stdin.close()


def main() -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    client = boto3.client("s3", endpoint_url=address)
    client.create_bucket(Bucket="tables", ACL="public-read")
    for name, body in objects().items():
        client.put_object(Bucket="tables", Key=name, Body=body, ACL="public-read")
    print(address, flush=True)
    sys.stdin.read()  # until whoever started this goes away
    os._exit(0)


if __name__ == "__main__":
    main()
