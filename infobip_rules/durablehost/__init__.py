"""Sessions of durable-rules, evaluated signal by signal; what they remember is kept by the journal in between.

Importing it loads durable-rules, and raises DurableRulesError with the remedy if it can't be loaded.
"""

from infobip_rules.durable_rules import load_extension

load_extension()
