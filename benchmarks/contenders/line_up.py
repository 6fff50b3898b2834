"""The line-up: all contenders of the section on serving, Numeral first."""

from benchmarks.contenders.controls import CEILING, FLASK, FORMER, GTHREAD
from benchmarks.contenders.numeral import NUMERAL
from benchmarks.contenders.peers import BENTOML, CAREFUL, FASTAPI, LITSERVE, MLSERVER, MOSEC

CONTENDERS = (
    NUMERAL,
    FASTAPI,
    CAREFUL,
    MOSEC,
    MLSERVER,
    LITSERVE,
    BENTOML,
    FORMER,
    GTHREAD,
    FLASK,
    CEILING,
)
