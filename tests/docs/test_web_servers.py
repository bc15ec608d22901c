"""The examples of a web server in front: they publish the webhooks alone, and log no token."""

from __future__ import annotations

import re

import pytest

from infobip_rules.web.webhook import PATHS
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "how-to" / "webhook.md").read_text(encoding="utf-8")
NGINX = re.search(r"```nginx\n(.*?)```", PAGE, re.DOTALL)[1]  # type: ignore[index]
CADDY = re.search(r"```text\n(\{.*?)```", PAGE, re.DOTALL)[1]  # type: ignore[index]
#: What the portal and Infobip are given.
PUBLISHED = [paths[0] for paths in PATHS.values()]
OTHERS = ["/", "/dashboard", "/dashboard/retry", "/metrics", "/health/ready", "/sms-received-message/x"]


def test_nginx_passes_on_the_webhooks_alone() -> None:
    passing = re.findall(r"location ([^{]+)\{\s*proxy_pass", NGINX)
    ((pattern),) = [place.removeprefix("~").strip() for place in passing]
    assert all(re.search(pattern, path) for path in PUBLISHED)
    assert not [path for path in OTHERS if re.search(pattern, path)]
    assert re.search(r"location / \{\s*return 404;", NGINX)


def test_nginx_logs_no_query() -> None:
    (form,) = re.findall(r"log_format webhooks '([^']*)'", NGINX)
    assert not re.search(r"\$(request\b(?!_method)|request_uri|args|query_string|arg_|http_referer)", form)
    assert re.search(r"access_log \S+ webhooks;", NGINX)
    assert re.search(r"error_log \S+ alert;", NGINX)


def test_caddy_passes_on_the_webhooks_alone_and_logs_no_token() -> None:
    (paths,) = re.findall(r"@webhooks path (.+)", CADDY)
    assert paths.split() == PUBLISHED
    assert re.search(r"handle @webhooks \{\s*reverse_proxy", CADDY)
    assert re.search(r"handle \{\s*respond 404", CADDY)
    assert re.search(r"request>uri query \{\s*replace token REDACTED", CADDY)


@pytest.mark.parametrize("name", ["README.md", "docs/how-to/webhook.md", "docs/how-to/watching.md"])
def test_nothing_else_is_proxied_as_a_whole(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"^reverse_proxy|location / \{\s*proxy_pass", text, re.MULTILINE)
