"""The application that is documented, served as is documented: uvicorn, our webhooks under a prefix, one file beside `.env`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx

from tests.cli.conftest import REPLY
from tests.served_host import item

PAGE = (Path(__file__).parent.parent / "docs" / "how-to" / "mounting.md").read_text(encoding="utf-8")
(APP,) = [code for code in re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL) if "app.mount" in code]
ENV = "INFOBIP_BASE_URL=http://127.0.0.1:9\nINFOBIP_API_KEY=a-key-for-nothing\nINFOBIP_PHONE_NUMBER=447491163443\n"
ENV += "INFOBIP_WEBHOOK_TOKEN=a-long-random-word\n"


def test_the_documented_application_takes_webhooks_under_its_prefix(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    (tmp_path / ".env").write_text(ENV, encoding="utf-8")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "reply.py").write_text(REPLY, encoding="utf-8")
    command = [Path(sys.executable).with_name("uvicorn"), "app:app", "--port", "0"]
    own = {name: value for name, value in os.environ.items() if not name.startswith("INFOBIP_")}
    with subprocess.Popen(command, cwd=tmp_path, env=own, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        try:
            line = next(line for line in server.stderr if "running on" in line)
            url = re.findall(r"http://\S+", line)[0] + "/infobip/sms-received-message"
            body = {"results": [item("m1")]}
            with httpx.Client(trust_env=False, timeout=60) as client:
                assert client.post(url, json=body).status_code == 401
                taken = client.post(f"{url}?token=a-long-random-word", json=body)
                assert taken.json() == {"accepted": 1, "duplicates": 0, "setAside": 0}
                form = client.post(f"{url}?token=a-long-random-word", data={"text": "hello"})
                assert form.status_code == 415
        finally:
            server.terminate()
            said = server.stderr.read()
        assert server.wait(30) in {0, -15}
        assert "Traceback" not in said
