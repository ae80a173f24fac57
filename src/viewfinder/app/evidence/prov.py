"""Where everything known of a video comes from, as W3C PROV: other people's tools read it.

References:
    Moreau & Missier, *PROV-DM: The PROV Data Model*, W3C Recommendation, 2013.
    https://www.w3.org/TR/prov-dm/
    Huynh, Jewell, Keshavarz, Michaelides, Yang & Moreau, *The PROV-JSON Serialization*,
    W3C Member Submission, 2013. https://www.w3.org/submissions/prov-json/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from viewfinder.app.evidence.desk import Desk
from viewfinder.domain.annotation import Track, TrackName
from viewfinder.domain.conversation import Conversation
from viewfinder.domain.media import Video
from viewfinder.domain.provenance import Derivation, Tool

NAMESPACE = "urn:viewfinder:"
PREFIX = "vf"

Record = dict[str, Any]


class Graph:
    """Statements by kind, as PROV-JSON holds them; saying one twice changes nothing."""

    def __init__(self) -> None:
        self._said: dict[str, dict[str, Record]] = {}

    def note(self, kind: str, name: str, **more: object) -> str:
        """Say that there is an entity, activity or agent; return its name."""
        known = self._said.setdefault(kind, {}).setdefault(name, {})
        known.update({key.replace("__", ":"): value for key, value in more.items()})
        return name

    def relate(self, kind: str, **ends: str) -> None:
        """Say how two of them are related."""
        related = self._said.setdefault(kind, {})
        record = {f"prov:{end}": name for end, name in ends.items()}
        if record not in related.values():
            related[f"_:{kind}{len(related) + 1}"] = record

    def document(self) -> Record:
        return {"prefix": {PREFIX: NAMESPACE}, **self._said}


def document(desk: Desk, video: Video, talk: Conversation | None = None) -> Record:
    """Return the provenance of a video as PROV-JSON; logged.

    Args:
        desk: What there is to work with.
        video: Which.
        talk: A conversation: with the moments of the video that it cites.

    Raises:
        Refused: The policy allows no export.
    """
    scope = desk.admitted("export")
    tracks = desk.store.tracks(video.id, scope=scope)
    records = desk.store.stages(video.id)
    desk.logbook.write("export", {"video": video.id, "kind": "prov", "conversation": _id(talk)})
    graph = Graph()
    original = _original(graph, video)
    stages = {record.stage: record.derivation for record in records if not record.error}
    known = {made.key for made in (*stages.values(), *(t.derivation for t in tracks))}
    ended = {
        line.document["subject"].get("stage"): line.document["at"]
        for line in desk.logbook.lines(video=video.id, action="derive")
    }
    for stage, derivation in stages.items():
        _derived(graph, derivation, original, known, stage=stage, ended=ended.get(stage, ""))
    for track in tracks:
        name = _derived(graph, track.derivation, original, known)
        graph.note("entity", name, vf__track=track.name.value, vf__notes=len(track.annotations))
    _people(graph, desk, video, original)
    if talk is not None:
        _cited(graph, talk, video, {track.name: track for track in tracks}, original)
    return graph.document()


def _id(talk: Conversation | None) -> str | None:
    return None if talk is None else talk.id


def _name(*parts: str) -> str:
    return f"{PREFIX}:{'/'.join(quote(part, safe='-._') for part in parts)}"


def _original(graph: Graph, video: Video) -> str:
    return graph.note(
        "entity",
        _name("sha256", video.id),
        prov__type="vf:Original",
        prov__label=video.name,
        vf__bytes=video.size_bytes,
        vf__kind=video.kind.value,
    )


def _derived(
    graph: Graph,
    derivation: Derivation,
    original: str,
    known: set[str],
    *,
    stage: str = "",
    ended: str = "",
) -> str:
    """Say what a derivation is made of; return the name of its result."""
    result = graph.note("entity", _name("derived", derivation.key), prov__type="vf:Derived")
    work = graph.note("activity", _name("work", derivation.key), **_parameters(derivation))
    if stage:
        graph.note("activity", work, prov__label=stage)
    if ended:
        graph.note("activity", work, prov__endTime=ended)
    graph.relate("wasGeneratedBy", entity=result, activity=work)
    for digest in derivation.inputs:
        used = _name("derived" if digest in known else "sha256", digest)
        if used != original and digest not in known:
            graph.note("entity", used, prov__type="vf:Input")
        graph.relate("used", activity=work, entity=used)
        graph.relate("wasDerivedFrom", generatedEntity=result, usedEntity=used)
    agent = _tool(graph, derivation.tool)
    for digest in derivation.tool.weights:
        weights = graph.note("entity", _name("weights", digest), prov__type="vf:Weights")
        graph.relate("used", activity=work, entity=weights)
    graph.relate("wasAssociatedWith", activity=work, agent=agent)
    return result


def _parameters(derivation: Derivation) -> dict[str, str]:
    return {f"vf__{name}": value for name, value in derivation.parameters}


def _tool(graph: Graph, tool: Tool) -> str:
    return graph.note(
        "agent",
        _name("tool", tool.name, tool.version),
        prov__type="prov:SoftwareAgent",
        prov__label=f"{tool.name} {tool.version}",
    )


def _people(graph: Graph, desk: Desk, video: Video, original: str) -> None:
    """Say who brought it here, as far as the asker may see that line of the log."""
    for line in desk.logbook.lines(video=video.id, action="add"):
        if line.document["subject"].get("video") != video.id:
            continue
        person = graph.note(
            "agent", _name("person", line.document["principal"]), prov__type="prov:Person"
        )
        adding = graph.note(
            "activity",
            _name("log", str(line.seq)),
            prov__label="add",
            prov__endTime=line.document["at"],
        )
        graph.relate("used", activity=adding, entity=original)
        graph.relate("wasAssociatedWith", activity=adding, agent=person)


def _cited(
    graph: Graph,
    talk: Conversation,
    video: Video,
    tracks: Mapping[TrackName, Track],
    original: str,
) -> None:
    """Say which moments were cited, and that each goes back to a track or to the original."""
    for number, turn in enumerate(talk.turns, 1):
        for claim in (*turn.answer.claims, *turn.answer.disagreements):
            for citation in claim.citations:
                if citation.video != video.id:
                    continue
                span = f"{citation.span.start_ns}-{citation.span.end_ns}"
                moment = graph.note(
                    "entity",
                    _name("moment", video.id, span, citation.track.value),
                    prov__type="vf:Moment",
                    vf__start_ns=citation.span.start_ns,
                    vf__end_ns=citation.span.end_ns,
                )
                track = tracks.get(citation.track)
                source = _name("derived", track.derivation.key) if track else original
                graph.relate("wasDerivedFrom", generatedEntity=moment, usedEntity=source)
                answer = graph.note(
                    "entity",
                    _name("answer", talk.id or "unkept", str(number)),
                    prov__type="vf:Answer",
                )
                graph.relate("wasDerivedFrom", generatedEntity=answer, usedEntity=moment)
