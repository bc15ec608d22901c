"""The commands `infobip-rules` and `infobip-adapter`, two names of one program."""

from __future__ import annotations


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    from infobip_rules.cli.exits import ending_with_code, leave_threads_behind
    from infobip_rules.cli.system import check_system
    from infobip_rules.garbage_collection import collect_rarely

    collect_rarely()  # loading makes a great many objects, and drops hardly any
    try:
        with ending_with_code():
            check_system()
            from infobip_rules.cli.command_line import program
            from infobip_rules.cli.environment import choose_plugins
            from infobip_rules.cli.options import FILE

            choose_plugins(FILE)  # commands are among what plugins add
            program()()
    except SystemExit as ending:
        leave_threads_behind(ending.code)
        raise
