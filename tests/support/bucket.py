"""An S3 server with a bucket of tables, as a process: it prints its address, and waits."""

from __future__ import annotations

import gzip
import io
import os
import sys

import boto3
import polars as pl
from moto.server import ThreadedMotoServer

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
    packed["torn.parquet"] = packed["x.parquet"][:200]
    return packed


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
