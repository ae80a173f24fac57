"""Everything a server keeps open, as one value."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from viewfinder.app.serving.accounts import Accounts
from viewfinder.app.serving.hooks import Hooks
from viewfinder.app.serving.jobs import Jobs
from viewfinder.app.serving.playing import Playing
from viewfinder.app.serving.shared import Shared
from viewfinder.app.serving.uploads import Uploads
from viewfinder.app.serving.watching import Watching


@dataclass(frozen=True, slots=True)
class Premises:
    """What a server works with.

    Attributes:
        shared: The library, for many askers at a time.
        playing: What is played from it, and copies that browsers can play.
        accounts: Who may come in.
        jobs: What adds footage.
        uploads: What takes files in.
        hooks: Who is told what happened.
        watching: Folders whose files are added.
    """

    shared: Shared
    playing: Playing
    accounts: Accounts
    jobs: Jobs
    uploads: Uploads
    hooks: Hooks
    watching: Watching

    @classmethod
    def open(cls, folder: str | Path, *, create: bool = False) -> Premises:
        """Open everything over the library in ``folder``; errors as ``Library.open``."""
        shared = Shared.open(folder, create=create)
        with ExitStack() as opened:
            opened.callback(shared.close)
            serve = shared.view().config.serve
            playing = Playing(shared.folder)
            opened.callback(playing.close)
            accounts = Accounts(shared.view())
            opened.callback(accounts.close)
            hooks = Hooks(shared, allow=serve.hooks)
            opened.callback(hooks.close)
            jobs = Jobs(shared, roots=serve.roots, tell=hooks.tell)
            opened.callback(jobs.close)
            uploads = Uploads(shared, jobs, bytes_a_day=round(serve.upload_gb * 1e9))
            watching = Watching(shared, jobs, serve.watch, stable_s=serve.stable_s)
            opened.pop_all()
        return cls(shared, playing, accounts, jobs, uploads, hooks, watching)

    def close(self) -> None:
        """Close everything, within some seconds; jobs and deliveries go on another time."""
        for part in (self.watching, self.jobs, self.hooks, self.accounts, self.playing):
            part.close()
        self.shared.close()
