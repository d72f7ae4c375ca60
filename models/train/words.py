"""Word lists of the training: words kept whole, words with two senses, words that keep a line out."""

import codecs
import re

# The lecture shows these one token to a word; tests/models/test_bundled.py holds the tokenizers to it.
_WHOLE = """
a adorable animal animals apple asked bag ball bank banks bark barked barking bat bats beautiful bed big bird birds
black book bow box boy bread bright brother brown bus cake car cards case cat cats chair chased chasing child
children city close coat cold crossed cross cute dance dark date daughter day deposit deposited deposits doctor dog
dogs door dream drink drove dry eat eating fair family farmer fast father fell fence field fire fish fishing flew
flies floor flower flowers fly food football forest found fox friend friends full garden girl glass gold good grass
great green happy hat heart heavily heavy help hit horse house hungry jumped jumps kind king kitchen kitten lady
lake large lazy leaves letter light lights little loan loans long loved lovely man market match matches milk mine
money monkey moon morning mother mountain mouse mud muddy need nice night old open opened orange palm park party
people piano picnic pitcher plane plant play played please point poor pretty puppy queen quick quickly rabbit rain
raining ran read red ring river rivers road robber robbery rock rose row run sad sailed sang sat savings school sea
seal sheep ship shop shore sister sitting sky sleep sleeping slept small smiled snow song soon spring springs
stealing stone story street student students summer sun sunny sweet swam swim table tall tea teacher tear ticket
tired today tomorrow took town train tree trees umbrella vault very walked walking wall want warm watch watched
watches water wave wet white wide wind window winter withdrew withdraw woman wood word work world write yesterday
young your
"""

# Words with at least two everyday senses: sentences with them are seen more often by BERT.
_AMBIGUOUS = (
    "bank bat spring light bark match ring rock seal wave palm pitcher bow date park plant watch fair mine club"
)

WHOLE, AMBIGUOUS = _WHOLE.split(), _AMBIGUOUS.split()

# Whole in both languages' joint vocabulary, with a capital too.
_TRANSLATED = """
your cat is a lovely the chased mouse animal did not cross street because it was too tired he went to bank deposit
deposited money withdrew river sat road dog bird umbrella
ton chat est un adorable le a poursuivi la souris animal traversé rue parce était trop fatigué il allé à banque pour
déposer argent retiré rive rivière assis route chien oiseau parapluie
"""
WHOLE_FOR_TRANSLATION = _TRANSLATED.split()

_RIVER = r"river|stream|water|fish|fishing|boat|shore|muddy|grass|swam|canal|lake|flood|willow|reeds"
_MONEY = r"money|account|loan|deposit|cash|savings|check|cheque|credit|dollars?|interest|robber|balance|transfer"

# "bank" in its two senses, so that each can be drawn equally often; "West Bank" is neither.
BANK_SENSES = (
    re.compile(rf"\bbanks?\b.*\b(?:{_RIVER})\b|\b(?:{_RIVER})\b.*\bbanks?\b", re.IGNORECASE),
    re.compile(rf"\bbanks?\b.*\b(?:{_MONEY})\b|\b(?:{_MONEY})\b.*\bbanks?\b", re.IGNORECASE),
)

# Turned by 13 letters, so that nobody has to read them here. A line with one of them is left out of every training.
_UNWANTED = """
avttre avttref avttn avttnf avttnu avtebrf avteb snttbg snttbgf snt sntf xvxr xvxrf fcvp fcvpf puvax puvaxf tbbx
tbbxf jrgonpx jrgonpxf pbba pbbaf qnexl qnexvrf qnexvr cvpxnavaal fnzob erqfxva erqfxvaf fdhnj fdhnjf genaal
genaavrf qlxr qlxrf ergneq ergneqrq ergneqf fyhg fyhgf juber juberf phag phagf shpx shpxrq shpxvat shpxre shpxf
zbgureshpxre fuvg fuvggl ovgpu ovgpurf cvff cvffrq pbpxfhpxre jnax jnaxre encr encrq encvat encvfg encrf cbea cbeab
cbeabtencul puvanzna cnxv cnxvf envagurnq zhynggb zhynggbrf wncf urror lvqf plvc tvc fcnfgvp onfgneq onfgneqf
znfgheongr znfgheongvba betnfz crqbcuvyr nffubyr nffubyrf obbof gvgf qvpxurnq avccyrf pbbyvr pbbyvrf xnssve xnssvef
"""

UNWANTED = frozenset(codecs.decode(word, "rot13") for word in _UNWANTED.split())

_UNWANTED_FRENCH = """
punggr punggrf chgr chgrf chgnva fnybcr fnybcrf pbaaneq pbaaneqf pbaanffr pbaar raphyé raphyre
raphyéf onvfre onvfr avdhre avdhr zreqr zreqrf aèter aèterf aéteb céqé céqéf tbhvar tbhvarf ivby
ivbyé ivbyre ivbyér ovgr ovgrf pbhvyyrf obavpur obhtabhyr oâgneq oâgneqf
"""

UNWANTED_FRENCH = frozenset(codecs.decode(word, "rot13") for word in _UNWANTED_FRENCH.split())
