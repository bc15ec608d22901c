"""The marks of hooks: `hookimpl` for the functions of a plugin, `hookspec` for what they are held to."""

from __future__ import annotations

from pluggy import HookimplMarker, HookspecMarker

#: The group of entry points that a package names its plugin in, and the name that pluggy knows our marks by.
GROUP = "infobip_rules"

#: Marks a function of a plugin as the implementation of the hook of its name.
hookimpl = HookimplMarker(GROUP)
hookspec = HookspecMarker(GROUP)
