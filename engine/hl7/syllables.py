"""The syllables of Vietnamese: an initial, a rhyme and one tone. Under a wrong charset few words are one."""

from __future__ import annotations

import re
import unicodedata

_TONES = dict.fromkeys(map(ord, "\u0300\u0301\u0303\u0309\u0323"))

_RHYMES = """
a ac ach ai am an ang anh ao ap at au ay ă ăc ăm ăn ăng ăp ăt â âc âm ân âng âp ât âu ây
e ec em en eng eo ep et ê êch êm ên ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu
o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc oong op ot
ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơng ơp ơt
u ua uân uâng uât uây uc uê uên uêch uênh ui um un ung uơ uôc uôi uôm uôn uông uôt up ut uy uya uych uyên uyêt uyn
uynh uyp uyt uyu ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu y ych yên yêm yêng yêt yêu yn ynh yp yt yu
"""

_SYLLABLE = re.compile(
    "(?:ngh?|nh|gh?|gi|kh?|ph|th|tr?|ch?|qu|[bdđhlmnprsvx])?(?:" + "|".join(_RHYMES.split()) + ")", re.IGNORECASE
)


def is_syllable(word: str) -> bool:
    """Whether a word is a syllable of Vietnamese, in any case and with at most one tone."""
    marks = unicodedata.normalize("NFD", word)
    toneless = marks.translate(_TONES)
    return len(marks) - len(toneless) <= 1 and bool(_SYLLABLE.fullmatch(unicodedata.normalize("NFC", toneless)))
