"""`python -m infobip_rules` is the command `infobip-rules`."""

from infobip_rules.cli import main

main()
