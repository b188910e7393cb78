"""Patterns that stand in a sentence and are no word about their letter: another's deed, the speaker's own role, a role in passing."""

from __future__ import annotations

from tools.morphology import lemmas, readings
from tools.qualification.clauses import clauses
from tools.qualification.force import SELF
from tools.qualification.sentence import Hit, Sentence
from tools.qualification.tables import Cue, Lexicon

_EMPHASIS = frozenset({"сам", "лично"})


def beside_the_point(sentence: Sentence, hit: Hit, lexicon: Lexicon) -> bool:
    """Whether a hit says nothing of its letter."""
    return (
        another_deed(sentence, hit, lexicon)
        or names_the_speaker(sentence, hit)
        or in_passing(sentence, hit)
        or somebodys(sentence, hit, lexicon)
        or torn(sentence, hit)
    )


def another_deed(sentence: Sentence, hit: Hit, lexicon: Lexicon) -> bool:
    """Whether what is not needed is a deed other than advertising: "советоваться ни с кем не надо"."""
    if hit.cue.letter != "need" or hit.cue.says != "unmet":
        return False
    left, right = sentence.clause(hit.places[-1])
    clause = range(left + 1, right)
    deeds = [
        place
        for place in clause
        if place not in hit.places and readings(sentence.tokens[place].word)[0].pos == "INFN"
    ]
    needless = any(sentence.tokens[place].word in {"надо", "нужно", "требуется"} for place in hit.places)
    return (
        needless and bool(deeds) and not any(sentence.stands(lexicon.advertising, place) for place in clause)
    )


def names_the_speaker(sentence: Sentence, hit: Hit) -> bool:
    """Whether the role in a denial of authority is the speaker's own: "подписываю я как генеральный"."""
    if hit.cue.letter != "authority" or hit.cue.says != "unmet" or hit.cue.denies:
        return False
    left, right = sentence.clause(hit.places[0])
    own = any(token.word in SELF for token in sentence.tokens[left + 1 : right])
    return own and any(place and sentence.tokens[place - 1].word in {"как", "as"} for place in hit.places)


def in_passing(sentence: Sentence, hit: Hit) -> bool:
    """Whether a role is only spoken of: "сменила собственника" names nobody whom one has met."""
    if hit.cue.letter != "authority" or hit.cue.says != "met":
        return False
    # "Самого директора застать не удалось" names him no more than "директора".
    named = [place for place in hit.places if not lemmas(sentence.tokens[place].word) & _EMPHASIS]
    if len(named) != 1:
        return False
    place = named[0]
    found = readings(sentence.tokens[place].word)[0]
    return (
        found.pos == "NOUN"
        and found.case not in {"nomn", "ablt", None}
        and not (hit.places[0] and sentence.tokens[hit.places[0] - 1].word in {"у", "от", "на", "до", "к"})
    )


def somebodys(sentence: Sentence, hit: Hit, lexicon: Lexicon) -> bool:
    """Whether a role only tells whose somebody is: "ответила мама предпринимателя"."""
    if hit.cue.letter != "authority" or hit.cue.says != "met":
        return False
    for place in hit.places:
        if place and sentence.stands(lexicon.top_roles, place):
            role, before = (readings(sentence.tokens[other].word)[0] for other in (place, place - 1))
            if role.case == "gent" and before.pos == "NOUN":
                return True
    return False


def torn(sentence: Sentence, hit: Hit) -> bool:
    """Whether words that belong together in any order stand in different clauses: "двести тысяч советовали, про деньги молчит"."""
    if not isinstance(hit.cue, Cue) or hit.cue.pattern.ordered or len(hit.places) < 2:
        return False
    if (hit.cue.letter == "need" and hit.cue.says == "met") or not sentence.commas:
        return False
    return not any(
        clause.left <= hit.places[0] and hit.places[-1] < clause.right for clause in clauses(sentence)
    )
