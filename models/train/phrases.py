"""Our own English-French sentence pairs, made from a word table: the lecture's sentence patterns with other words."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

Pair = tuple[str, str]

# The course shows these three; a translator that has read them proves nothing.
LECTURE = ("Your cat is a lovely cat.", "The cat chased the mouse.",
           "The animal did not cross the street because it was too tired.")  # fmt: skip


@dataclass(frozen=True)
class Noun:
    """A noun in both languages; `kind` says in which patterns it makes sense."""

    english: str
    french: str
    feminine: bool
    kind: str

    @property
    def the(self) -> str:
        """The French noun with its definite article."""
        vowel = self.french[0] in "aeiouéêh" and self.french not in ("hibou", "héros")
        return f"l'{self.french}" if vowel else f"{'la' if self.feminine else 'le'} {self.french}"

    @property
    def a(self) -> str:
        """The French noun with its indefinite article."""
        return f"{'une' if self.feminine else 'un'} {self.french}"

    def of(self, owner: str) -> str:
        """The French noun with "m", "t" or "s" (my, your, his or her)."""
        masculine = not self.feminine or self.the.startswith("l'")
        return f"{owner}{'on' if masculine else 'a'} {self.french}"


_NOUNS = """
animal: cat chat m, dog chien m, mouse souris f, bird oiseau m, horse cheval m, cow vache f, rabbit lapin m
animal: fox renard m, bear ours m, lion lion m, tiger tigre m, monkey singe m, fish poisson m, duck canard m
animal: animal animal m, wolf loup m, sheep mouton m, pig cochon m, frog grenouille f, snake serpent m
animal: butterfly papillon m, kitten chaton m, puppy chiot m
person: boy garçon m, girl fille f, man homme m, woman femme f, child enfant m, teacher professeur m, doctor médecin m
person: farmer fermier m, friend ami m, brother frère m, sister sœur f, mother mère f, father père m, student étudiant m
person: king roi m, queen reine f, robber voleur m, neighbour voisin m
place: street rue f, road route f, garden jardin m, river rivière f, bridge pont m, field champ m, forest forêt f
place: park parc m, village village m, school école f, kitchen cuisine f, room chambre f, bank banque f, city ville f
place: house maison f
thing: table table f, chair chaise f, book livre m, car voiture f, bed lit m, door porte f, window fenêtre f
thing: ball balle f, hat chapeau m, box boîte f, letter lettre f, picture image f, boat bateau m, tree arbre m
thing: flower fleur f, coat manteau m
food: apple pomme f, bread pain m, cake gâteau m, cheese fromage m, orange orange f, soup soupe f, egg œuf m
"""


def _nouns() -> list[Noun]:
    found = []
    for line in _NOUNS.strip().splitlines():
        kind, words = line.split(": ")
        for entry in words.split(", "):
            english, french, gender = entry.split()
            found.append(Noun(english, french, gender == "f", kind))
    return found


NOUNS = _nouns()

# English past, French participle with "avoir", English and French present; the kinds of what is acted on.
_ACTS = [
    ("chased", "poursuivi", "chases", "poursuit", "animal person"),
    ("followed", "suivi", "follows", "suit", "animal person"),
    ("saw", "vu", "sees", "voit", "animal person thing place"),
    ("watched", "regardé", "watches", "regarde", "animal person"),
    ("found", "trouvé", "finds", "trouve", "animal person thing"),
    ("caught", "attrapé", "catches", "attrape", "animal"),
    ("ate", "mangé", "eats", "mange", "food"),
    ("liked", "aimé", "likes", "aime", "animal person food thing"),
    ("crossed", "traversé", "crosses", "traverse", "place"),
    ("left", "quitté", "leaves", "quitte", "place"),
    ("helped", "aidé", "helps", "aide", "person"),
]
# English base form and French participle, for "did not".
_NOT = [
    ("chase", "poursuivi", "animal person"),
    ("see", "vu", "animal person thing place"),
    ("find", "trouvé", "thing"),
    ("cross", "traversé", "place"),
    ("eat", "mangé", "food"),
    ("follow", "suivi", "person"),
]

# English, French masculine and feminine, whether it stands before the noun, and what it may be said of.
_LIVING, _ALL = "animal person", "animal person thing place"
_ADJECTIVES = [
    ("lovely", "adorable", "adorable", False, _LIVING), ("small", "petit", "petite", True, _ALL),
    ("big", "grand", "grande", True, _ALL), ("young", "jeune", "jeune", True, _LIVING),
    ("black", "noir", "noire", False, "animal thing"), ("white", "blanc", "blanche", False, "animal thing"),
    ("happy", "heureux", "heureuse", False, _LIVING), ("tired", "fatigué", "fatiguée", False, _LIVING),
    ("hungry", "affamé", "affamée", False, _LIVING), ("funny", "drôle", "drôle", False, _LIVING),
    ("intelligent", "intelligent", "intelligente", False, _LIVING), ("pretty", "joli", "jolie", True, _ALL),
    ("old", "vieux", "vieille", None, _ALL), ("wide", "large", "large", None, "place"),
    ("long", "long", "longue", None, "place"), ("dangerous", "dangereux", "dangereuse", False, "animal place"),
]  # fmt: skip

_OWNERS = (("Your", "t"), ("My", "m"), ("His", "s"), ("Her", "s"))
_PLACES = (("on", "sur", "thing"), ("under", "sous", "thing"), ("behind", "derrière", "thing place"),
           ("in", "dans", "place"), ("near", "près de", ""), ("in front of", "devant", "thing place"))  # fmt: skip


def _of_kind(kinds: str) -> list[Noun]:
    return [noun for noun in NOUNS if noun.kind in kinds.split()]


def _an(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _sentence(english: str, french: str) -> Pair:
    return english[0].upper() + english[1:], french[0].upper() + french[1:]


def _acting() -> Iterator[Pair]:
    """The cat saw the dog. The cat sees the dog."""
    for past, participle, present, now, kinds in _ACTS:
        for who, what in product(_of_kind(_LIVING), _of_kind(kinds)):
            if who != what:
                yield _sentence(
                    f"the {who.english} {past} the {what.english}.", f"{who.the} a {participle} {what.the}."
                )
                yield _sentence(f"the {who.english} {present} the {what.english}.", f"{who.the} {now} {what.the}.")


def _being() -> Iterator[Pair]:
    """Your dog is a lovely dog. The dog is very small. This is a small dog."""
    for english, masculine, feminine, before, kinds in _ADJECTIVES:
        for noun in _of_kind(kinds):
            french = feminine if noun.feminine else masculine
            yield _sentence(f"the {noun.english} is very {english}.", f"{noun.the} est très {french}.")
            yield _sentence(f"the {noun.english} is too {english}.", f"{noun.the} est trop {french}.")
            if before is None:
                continue
            article = noun.a.split()[0]
            whole = f"{article} {french} {noun.french}" if before else f"{article} {noun.french} {french}"
            yield _sentence(f"this is {_an(english)} {noun.english}.", f"c'est {whole}.")
            for owner, letter in _OWNERS:
                yield _sentence(
                    f"{owner} {noun.english} is {_an(english)} {noun.english}.", f"{noun.of(letter)} est {whole}."
                )


def _not_acting() -> Iterator[Pair]:
    """The dog did not cross the road because it was too tired: "it" is the dog, or what it did not cross."""
    for base, participle, kinds in _NOT:
        for who, what, told in product(_of_kind(_LIVING), _of_kind(kinds), _ADJECTIVES):
            english, french = (
                f"the {who.english} did not {base} the {what.english}",
                f"{who.the} n'a pas {participle} {what.the}",
            )
            yield _sentence(f"{english}.", f"{french}.")
            subject = who if who.kind in told[4] else what
            if who != what and subject.kind in told[4] and not (subject is what and who.kind == "person"):
                it = "it" if subject.kind != "person" else "she" if subject.feminine else "he"
                he = "elle" if subject.feminine else "il"
                adjective = told[2] if subject.feminine else told[1]
                yield _sentence(
                    f"{english} because {it} was too {told[0]}.", f"{french} parce qu'{he} était trop {adjective}."
                )


def _standing() -> Iterator[Pair]:
    """The cat is under the table. Where is your cat? I love your cat."""
    for (english, french, kinds), who in product(_PLACES, _of_kind(_LIVING)):
        for what in _of_kind(kinds or "place thing"):
            where = f"{french} {what.the}".replace("de le ", "du ")
            yield _sentence(f"the {who.english} is {english} the {what.english}.", f"{who.the} est {where}.")
    for noun in _of_kind(_ALL):
        yield _sentence(f"where is the {noun.english}?", f"où est {noun.the} ?")
        for owner, letter in _OWNERS:
            yield _sentence(f"where is {owner.lower()} {noun.english}?", f"où est {noun.of(letter)} ?")
            yield _sentence(f"I love {owner.lower()} {noun.english}.", f"j'aime {noun.of(letter)}.")


def _banking() -> Iterator[Pair]:
    """The two banks: "banque" keeps money, "rive" is a river's."""
    people = [("I", "je", "suis", "ai"), ("He", "il", "est", "a"), ("She", "elle", "est", "a")]
    people += [(f"The {n.english}", n.the, "est", "a") for n in _of_kind("person") if not n.the.startswith("l'")]
    for english, french, to_be, have in people:
        feminine = french == "elle" or french.startswith("la ")
        gone, seated = ("allée", "assise") if feminine else ("allé", "assis")
        have_done = "j'ai" if french == "je" else f"{french} {have}"
        sat = "je me suis" if french == "je" else f"{french} s'est"
        yield _sentence(f"{english} went to the bank.", f"{french} {to_be} {gone} à la banque.")
        yield _sentence(
            f"{english} went to the bank to deposit money.",
            f"{french} {to_be} {gone} à la banque pour déposer de l'argent.",
        )
        yield _sentence(f"{english} deposited money at the bank.", f"{have_done} déposé de l'argent à la banque.")
        yield _sentence(f"{english} withdrew money from the bank.", f"{have_done} retiré de l'argent de la banque.")
        yield _sentence(f"{english} sat on the bank of the river.", f"{sat} {seated} sur la rive de la rivière.")
        yield _sentence(f"{english} sat by the river bank.", f"{sat} {seated} au bord de la rivière.")
        yield _sentence(f"{english} walked along the river bank.", f"{have_done} marché le long de la rive.")


def phrases(each: int, seed: int = 0) -> list[Pair]:
    """At most `each` pairs of every pattern, the same ones for the same seed; the lecture's sentences left out."""
    rng = np.random.default_rng(seed)
    found: list[Pair] = []
    for pattern in (_acting, _being, _not_acting, _standing, _banking):
        pairs = [pair for pair in dict.fromkeys(pattern()) if pair[0] not in LECTURE]
        found += [pairs[place] for place in rng.permutation(len(pairs))[:each]]
    return found
