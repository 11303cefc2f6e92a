"""One Spark session for all tests here: starting one takes as long as many tests."""

import pytest
from pyspark.sql import SparkSession

from tests.support.spark import session


@pytest.fixture(scope="session")
def spark() -> SparkSession:
    return session()
