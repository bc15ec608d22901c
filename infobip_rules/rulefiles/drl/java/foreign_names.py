"""Names of Java and Drools that mean nothing here, with what to write instead."""

from __future__ import annotations

from typing import NamedTuple


class ForeignName(NamedTuple):
    """A name of Java or Drools: what it is, and what to write instead."""

    fact: str
    remedy: str


_LOOP = "Write a loop: for (String one : list) { ... }."
_STREAMS = ForeignName("Streams are not supported.", _LOOP)
_LOGGERS = ForeignName(
    "Loggers of Java are not supported.", 'Write Log.info("...", x), which goes to the log of the host.'
)
_PATTERNS = ForeignName("java.util.regex is not supported.", "Use matches, replaceAll and split of String.")
_THREADS = ForeignName("Threads are not supported.", "Schedule a signal: schedule(signal, when).")
_REFLECTION = ForeignName("Reflection is not supported.", "Call the methods of facts by their names.")

#: Variables that Drools gives to bodies.
VARIABLES = {
    "channels": ForeignName(
        "Channels are not supported.", "Send a message, or insert a fact that other rules look for."
    ),
    "exitPoints": ForeignName("Exit points are not supported.", "Send a message, or insert a fact."),
    "entryPoints": ForeignName(
        "Drools has no `entryPoints` in bodies.", 'Write drools.getEntryPoint("signals").insert(signal).'
    ),
}
#: Classes, by their last name.
CLASSES = {
    **dict.fromkeys(("Stream", "IntStream", "LongStream", "DoubleStream", "Collectors"), _STREAMS),
    **dict.fromkeys(("Logger", "LoggerFactory"), _LOGGERS),
    **dict.fromkeys(("Pattern", "Matcher"), _PATTERNS),
    **dict.fromkeys(("Thread", "Runnable", "ExecutorService", "CompletableFuture"), _THREADS),
    **dict.fromkeys(("Class", "Method", "Field"), _REFLECTION),
    **dict.fromkeys(
        ("Random", "UUID", "SecureRandom"),
        ForeignName(
            "Nothing is random here: rules give the same again.", "Take what differs from the signal, e.g. messageId."
        ),
    ),
}
#: Packages, the first that fits counts.
PACKAGES = {
    "java.util.stream": _STREAMS,
    "java.util.function": ForeignName("Lambdas are not supported.", _LOOP),
    "java.util.regex": _PATTERNS,
    "java.util.concurrent": _THREADS,
    "java.util.logging": _LOGGERS,
    "java.lang.reflect": _REFLECTION,
    "java.lang.Thread": _THREADS,
    "org.slf4j": _LOGGERS,
    "org.apache.log": _LOGGERS,
    "org.apache.commons.log": _LOGGERS,
}
#: Methods of collections and texts.
METHODS = {
    **dict.fromkeys(("stream", "parallelStream", "chars"), _STREAMS),
    **dict.fromkeys(
        ("forEach", "removeIf", "replaceAll", "computeIfAbsent", "computeIfPresent", "compute", "merge"),
        ForeignName("Methods that take a lambda are not supported.", _LOOP),
    ),
    "getClass": _REFLECTION,
}


def class_of(name: str) -> ForeignName | None:
    """Returns what is known of a class, by its last or its whole name."""
    found = next((foreign for package, foreign in PACKAGES.items() if f"{name}.".startswith(f"{package}.")), None)
    return found or CLASSES.get(name.rpartition(".")[2])
