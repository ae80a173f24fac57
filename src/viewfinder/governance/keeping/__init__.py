"""What keepers lay down, as pure rules: classes, consent, holds, retention, overrides, alarms."""
