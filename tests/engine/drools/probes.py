"""Rules that real Drools was asked about by hand, in Python: by the id under which `probes.jsonl` holds DRL and answer."""

HEADER = """from infobip_rules import ClientAgent, InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import any, c, exists, fact, m, no_loop, none, ruleset, salience, signal, when_all, when_any

send = InfobipAdapterAPI.send_sms_text_message

with ruleset("probe"):
"""

_TEXT = (
    "This is a text message with a test link!! https://media.licdn.com/dms/image/C560BAQHs7NgrupDBzA/"
    "company-logo_200_200/0/1585518354036?e=2147483647&v=beta&t=DP90UsvlwvWy78Hx4Herv82QLqVwtuptG1ZC8vLVQXM"
)


def _documented(shorten: bool) -> str:
    return f"""
    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.client << fact(ClientAgent))
    def documented(c):
        send(c.client.get_connection("phone"), "{_TEXT}", {shorten})
        c.delete(c.signal)
"""


def _answer(condition: str, body: str = 'send("p", "r")') -> str:
    return f"""
    @when_all(c.signal << signal(InfobipSmsReceivedMessage{condition}))
    def r(c):
        {body}
"""


def _named(name: str, body: str, attributes: str = "") -> str:
    return f"""
    @when_all(c.signal << signal(InfobipSmsReceivedMessage){attributes})
    def {name}(c):
        {body}
"""


PYTHON = {
    "seed: agent+1 signal": _documented(False),
    "seed: 2 agents, 1 signal (delete stops 2nd)": _documented(False),
    "seed: 3 signals queued, one fire: order": _documented(False),
    "seed w/ 3-arg shorten=true": _documented(True),
    "constraint ==": _answer(', m.text == "hi"'),
    "binding on reserved: f: from": _answer("", 'send(c.signal.from_, "x")'),
    'getFrom() == "x"': _answer(', m.from_ == "385"'),
    "contains on String": _answer(', m.text.matches(".*ell.*")'),
    "in (..)": _answer(', (m.keyword == "A") | (m.keyword == "B")'),
    "|| and && inside": _answer(', (m.keyword == "A") | ((m.text == "x") & (m.to == "y"))'),
    "join from == getConnection": """
    @when_all(
        c.a << fact(ClientAgent), c.signal << signal(InfobipSmsReceivedMessage, m.from_ == c.a.connections.phone)
    )
    def r(c):
        send(c.a.get_connection("phone"), "j")
        c.delete(c.signal)
""",
    "exists": """
    @when_all(c.signal << signal(InfobipSmsReceivedMessage), exists(fact(ClientAgent)))
    def r(c):
        send("p", "r")
""",
    "or CE (fires twice)": """
    @when_any(c.one << fact(ClientAgent, m.identifier == "a1"), c.two << fact(ClientAgent, m.identifier != None))
    def r(c):
        send("p", "r")
""",
    "same salience: declaration order": "".join(_named(name, f'send("p", "{name}")') for name in "bac"),
    "delete(signal) cancels lower rule": (
        _named("first", "c.delete(c.signal)", ", salience(1)") + _named("second", 'send("p", "second")')
    ),
    "no-loop + modify": """
    @when_all(c.found << signal(InfobipSmsReceivedMessage, m.keyword == "A"), no_loop())
    def r(c):
        c.modify(c.found, text="z")
""",
    "modify own constraint loops": """
    @when_all(c.found << signal(InfobipSmsReceivedMessage, m.keyword == "A", m.text != "q"))
    def r(c):
        c.modify(c.found, text="z")
""",
    "function": """
    def hi(a):
        return "hi " + a

    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def r(c):
        send("p", hi("x"))
""",
    "if / for in RHS": _answer("", '[send("p", f"i{i}") for i in range(2) if i == 1]'),
    "rule extends": _named("base", 'send("p", "base")') + _named("kid", 'send("p", "kid")'),
    "unquoted rule name": _named("hello", "pass"),
    'string escapes \\" \\n unicode': _answer("", 'send("p", "a\\"b\\nč")'),
}

#: What Drools calls rules that have another name in Python.
NAMES = {"Example rule for replying to received SMS messages": "documented"}

#: Probes that no Python rule can express, and why.
NOT_EXPRESSIBLE = {
    "== null; != null": "a signal's text is empty where Infobip left it out, never null",
    "null-safe !.": "conditions read fields, they call no methods",
    "insertLogical retracted": "no logical insertion in Python rules",
    "activation-group": "an attribute of DRL",
    "enabled false": "an attribute of DRL; a Python rule is left out by not declaring it",
    "timer(int:)": "an attribute of DRL",
    "accumulate count": "no accumulate in Python rules",
    "collect List": "no collect in Python rules",
    "@expires(10s) [stream]": "signals end with their cycle",
    "@expires offset": "signals end with their cycle",
    "eval": "conditions read fields, they call no methods",
    "from list expr": "no `from` an expression in Python rules",
    "query in when": "no queries in Python rules",
    "unknown type in pattern": "a NameError of the rule file",
    "unknown var in RHS": "a NameError when the rule fires",
    "missing semicolon RHS": "Python has none",
    "number vs string compare text == 5": "refused when the rule is loaded instead of coerced",
}
