"""Commands of those who keep a library: who may see what, for what, how long."""

from __future__ import annotations

import click

from viewfinder.surfaces.governing import (
    access,
    consent,
    forgetting,
    keeping,
    log,
    profile,
    register,
    switch,
    two,
)


def join(group: click.Group) -> None:
    """Add the commands to the main group."""
    group.add_command(access.restrict)
    group.add_command(consent.consent)
    group.add_command(forgetting.forget)
    group.add_command(forgetting.backup)
    group.add_command(forgetting.restore)
    group.add_command(forgetting.encrypt)
    group.add_command(keeping.hold)
    group.add_command(keeping.retention)
    group.add_command(log.log)
    group.add_command(two.override)
    group.add_command(profile.profile)
    group.add_command(register.people)
    group.add_command(register.purposes)
    group.add_command(two.alarms)
    group.add_command(switch.switch)
