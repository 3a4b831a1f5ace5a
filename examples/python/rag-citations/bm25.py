"""BM25: which texts have most to do with a few words. No model, no network, no index on a disk."""

import math
import re
from collections import Counter

K1, B = 1.5, 0.75  # how soon a word that repeats counts no more; how much long texts are held back
COMMON = frozenset(
    "a an and are as at be by can do does for from has have how i in is it its may must my not of on or "
    "our that the their there they this to was we what when where which who will with you your".split()
)


def words(text: str) -> list[str]:
    """The words that tell something, without the endings of the commonest plurals and verbs."""
    found = re.findall(r"[^\W_]{2,}", text.lower())
    return [re.sub(r"(?<=\w{3})(ing|ed|es|s)$", "", word) for word in found if word not in COMMON]


class BM25:
    """The texts of one search, in memory: thousands take milliseconds."""

    def __init__(self, texts: list[str]) -> None:
        self.counts = [Counter(words(text)) for text in texts]
        lengths = [count.total() for count in self.counts]
        average = sum(lengths) / len(lengths) if lengths else 1
        self.norms = [K1 * (1 - B + B * length / max(average, 1)) for length in lengths]
        self.holders = Counter(word for count in self.counts for word in count)

    def score(self, question: list[str], number: int) -> float:
        total, many = 0.0, len(self.counts)
        for word in question:
            often = self.counts[number][word]
            if often:
                rarity = math.log(
                    1 + (many - self.holders[word] + 0.5) / (self.holders[word] + 0.5)
                )
                total += rarity * often * (K1 + 1) / (often + self.norms[number])
        return total

    def best(self, question: str, most: int) -> list[int]:
        """The numbers of the texts that have a word of the question, the best first."""
        asked = words(question)
        scores = [(self.score(asked, number), -number) for number in range(len(self.counts))]
        return [-number for score, number in sorted(scores, reverse=True)[:most] if score > 0]
