"""What operations of Amazon Web Services do, as documented, by service."""

import re
from collections.abc import Iterator
from html import unescape
from zipfile import ZipFile

from mergeability.datasets.text.wheels import json_of

PACKAGE = "botocore"
TEMPLATES = ("{}", "an operation of a cloud service for {}", "documentation of {}")
CLASSES = {
    "apigateway": "web APIs",
    "backup": "backups",
    "bedrock": "generative AI models",
    "cognito-idp": "sign-in of users",
    "config": "compliance of resources",
    "connect": "contact centres",
    "dms": "migration of databases",
    "ec2": "virtual machines and networks",
    "glue": "data catalogs and ETL jobs",
    "guardduty": "detection of threats",
    "iam": "identities and permissions",
    "iot": "connected devices",
    "lambda": "serverless functions",
    "lexv2-models": "chatbots",
    "lightsail": "simple virtual servers",
    "logs": "log files",
    "medialive": "live video",
    "pinpoint": "messages to customers",
    "quicksight": "dashboards and business analytics",
    "rds": "relational databases",
    "redshift": "data warehouses",
    "s3": "storage of objects in buckets",
    "sagemaker": "machine learning",
    "ssm": "management of fleets of machines",
}


def read(wheel: ZipFile) -> Iterator[tuple[str, str]]:
    """The first paragraph on every operation, and names of services."""
    for name in sorted(wheel.namelist()):
        found = re.fullmatch(r"botocore/data/([^/]+)/[^/]+/service-2\.json\.gz", name)
        if found and found[1] in CLASSES:
            for operation in json_of(wheel, name)["operations"].values():
                paragraph, *_ = operation.get("documentation", "").split("</p>")
                yield unescape(re.sub(r"<[^>]*>", "", paragraph)), found[1]
