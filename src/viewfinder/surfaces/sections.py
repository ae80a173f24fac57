"""The list of commands in sections, so that a newcomer reads five lines and not forty."""

from __future__ import annotations

import click

SECTIONS = {
    "Footage in, answers out": ("add", "search", "ask", "chat", "conversations", "show"),
    "Take it with you": ("export", "clip", "still", "sheet", "cite", "timeline"),
    "What you keep and put right": ("collect", "saved", "correct", "similar", "judge"),
    "For many, and for programs": ("serve", "mcp", "accounts", "tokens"),
    "The library": ("status", "doctor", "models", "backup", "restore", "encrypt", "tour"),
    "Who may see what": (
        *("restrict", "consent", "people", "purposes", "profile", "override", "switch"),
    ),
    "What must stay, what must go": ("forget", "hold", "retention"),
    "What can be shown to others": ("log", "alarms", "evidence", "facts", "documents"),
    "How good it is": ("eval", "calibrate"),
}
OTHERS = "More"


class Sectioned(click.Group):
    """A group that lists its commands by what they are for."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        left = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        width = formatter.width - 6 - max(len(name) for name in left)
        for title, names in (*SECTIONS.items(), (OTHERS, tuple(left))):
            rows = [
                (name, command.get_short_help_str(width))
                for name in names
                if (command := left.pop(name, None)) is not None and not command.hidden
            ]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)
