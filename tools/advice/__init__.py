"""What each code of a fault means, why it is one, how to mend it, and an example; docs/reference/faults.md shows it."""

from __future__ import annotations

from tools.advice.advice import Advice
from tools.advice.alerts import ALERTS
from tools.advice.expressions import EXPRESSIONS
from tools.advice.files import FILES
from tools.advice.mappings import MAPPINGS
from tools.advice.profiles import PROFILES
from tools.advice.routes import ROUTES
from tools.advice.settings import SETTINGS
from tools.advice.views import VIEWS

_ALL = (*SETTINGS, *FILES, *EXPRESSIONS, *MAPPINGS, *ROUTES, *PROFILES, *VIEWS, *ALERTS)

ADVICE: dict[str, Advice] = {one.code: one for one in _ALL}

__all__ = ["ADVICE", "Advice"]
