"""From which certainty on a library answers, and the certificate that tests of it earned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from viewfinder.app.status import Fresh
from viewfinder.domain.errors import InputError
from viewfinder.domain.policy import Scope
from viewfinder.domain.provenance import AuditEvent
from viewfinder.domain.search import QueryPlan, Ranking
from viewfinder.domain.segment import Lane
from viewfinder.evaluation import certificates
from viewfinder.evaluation.certificates import Certificate
from viewfinder.ports import Store
from viewfinder.retrieval import certainty
from viewfinder.retrieval import search as retrieval

FILE_NAME = "calibration.json"
MILD = 0.5
"""A moment this confident is given as an answer, however uncertain that is, in a conversation
(the next turn can put it right) and where pictures are searched and nobody has said how many
false answers may be: the look of a picture cannot tell what is there from what is like it,
and one glance can. The certificate tells the certainty either way. Of the development
queries 85 of 100 are answered so, and 26 at the strict rule; of questions that have no answer
in the clips it answers about half, and the strict one 3 of 100 (``benchmarks/abstention``).
Dialogues end as they should in 84 of 100 turns, and in 71 (``benchmarks/dialogues``)."""


class Certified:
    """Tells which certificate holds for a scope, and whether there are pictures in it.

    Shared by everybody who asks through one library.
    """

    def __init__(self, folder: Path, store: Store) -> None:
        self.path, self._store = folder / FILE_NAME, store
        self._kept: Fresh[tuple[int, Scope], Certificate | None] = Fresh(
            store, lambda key: self._read(key[1])
        )
        self.has_pictures: Fresh[Scope, bool] = Fresh(
            store, lambda scope: store.counts(scope=scope)[Lane.PICTURE.value] > 0
        )

    def written_ns(self) -> int:
        """Return when the certificate was written; 0 where there is none."""
        try:
            return self.path.stat().st_mtime_ns
        except OSError:
            return 0

    def of(self, scope: Scope) -> Certificate | None:
        """Return the certificate that holds for just what is in scope."""
        written_ns = self.written_ns()
        return self._kept((written_ns, scope)) if written_ns else None

    def _read(self, scope: Scope) -> Certificate | None:
        try:
            certificate = certificates.from_json(self.path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, InputError):
            return None
        held = certificates.digest_of(video.id for video in self._store.videos(scope=scope))
        fits = certificate.videos == held and certificate.model == certainty.shipped().name
        return certificate if fits else None


class Calibration:
    """Searches at the certified threshold, where a certificate holds for what is searched.

    A certificate was earned by asking all of some videos. It says nothing of fewer or of
    more, so it counts only where the scope holds just those: who may see less gets the
    threshold as shipped, and learns nothing of what the others are.
    """

    def __init__(
        self,
        certified: Certified,
        store: Store,
        admitted: Callable[[str], Scope],
        event: Callable[..., AuditEvent],
        tolerated: float,
    ) -> None:
        self._certified, self._store = certified, store
        self._admitted, self._event = admitted, event
        self._tolerated = tolerated

    def search(
        self, plan: QueryPlan, scope: Scope, tools: retrieval.Tools, *, talking: bool = False
    ) -> Ranking:
        """Return the moments that answer a plan, with what may be said of their certainty."""
        certificate = self._certified.of(scope)
        least = self._least(certificate)
        ranked = retrieval.search(plan, store=self._store, scope=scope, tools=tools, least=least)
        is_mild = talking or (self._is_unsaid(certificate) and self._certified.has_pictures(scope))
        found = ranked.found or (is_mild and _shown(ranked))
        words = certificates.of_answer(certificate, ranked.certainty, None if is_mild else least)
        return replace(ranked, found=found, certificate=words)

    def _is_unsaid(self, certificate: Certificate | None) -> bool:
        """Tell whether neither a test of the collection nor a setting says how strict to be."""
        is_certified = certificate is not None and certificate.threshold is not None
        return not self._tolerated and not is_certified

    def certificate(self) -> Certificate | None:
        """Return the certificate of all that you may see; None where there is none."""
        return self._certified.of(self._admitted("show"))

    def keep(self, certificate: Certificate) -> None:
        """Keep a certificate; it counts until the collection changes.

        Raises:
            InputError: It cannot be written.
        """
        self._admitted("add")
        self._store.log(self._event("calibrate", questions=certificate.questions))
        try:
            self._certified.path.write_text(certificates.to_json(certificate), "utf-8")
        except OSError as error:
            raise InputError(
                f"cannot write {str(self._certified.path)!r}: {error.strerror}"
            ) from error

    def _least(self, certificate: Certificate | None) -> float:
        if certificate is not None and certificate.threshold is not None:
            return certificate.threshold
        return certainty.shipped().threshold(self._tolerated or certainty.TOLERATED)


def _shown(ranked: Ranking) -> bool:
    return bool(ranked.moments) and ranked.moments[0].confidence >= MILD
