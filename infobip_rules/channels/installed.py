"""The channels of this process: those that the package brings, and those of plugins."""

from __future__ import annotations

from functools import cache

from infobip_rules.channels.interface import Channel
from infobip_rules.channels.registry import ChannelError, Channels
from infobip_rules.plugins.implementation import place_of, shown
from infobip_rules.plugins.manager import Plugins, loaded_plugins


def channels_of(plugins: Plugins) -> Channels:
    """Returns the channels that plugins add, what is built in first. Raises PluginError for those that can't be registered."""
    found: list[Channel] = []
    for implementation in plugins.implementing("channels"):
        for channel in implementation.items(
            "channels, each an object with all parts of one", lambda given: given is not None
        ):
            try:
                Channels([*found, channel])
            except ChannelError as problem:
                raise implementation.error(
                    f"gave what is no channel: {problem.fact}", problem.remedy.rstrip(".")
                ) from problem
            except KeyboardInterrupt:
                raise
            except BaseException as problem:  # of a property, which is the plugin's code
                raise implementation.error(
                    f"gave a channel that raised {shown(problem)}.", f"Fix it{place_of(problem)}"
                ) from problem
            found.append(channel)
    return Channels(found)


@cache
def installed_channels() -> Channels:
    """Returns the channels of the plugins that are loaded. Raises PluginError."""
    return channels_of(loaded_plugins())
