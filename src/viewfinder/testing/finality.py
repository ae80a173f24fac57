"""The base of contracts: a plug-in cannot answer an easier question than was asked."""

from __future__ import annotations

from typing import Any


class Contract:
    """Base of contracts: their tests are final."""

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        for base in cls.__mro__[1:]:
            if base is Contract or not issubclass(base, Contract):
                continue
            replaced = sorted(n for n in vars(base) if n.startswith("test") and n in vars(cls))
            if replaced:
                raise TypeError(
                    f"{cls.__name__} overrides {', '.join(replaced)} of {base.__name__}: "
                    "a contract test is final; make the plug-in keep the contract"
                )
