"""The commands that rules are made and run with; the work is loaded only when a command is called."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from infobip_rules.cli.exits import end
from infobip_rules.cli.options import (
    DEFAULT_URL,
    FILE,
    HOST,
    PERSON,
    PORT,
    AsJson,
    CheckFormat,
    EnvFile,
    JournalUrl,
    PassingJournal,
)
from infobip_rules.scaffold.project import Language

commands = typer.Typer()
simulate = typer.Typer(help="Post to a running host what Infobip would post.", no_args_is_help=True)
commands.add_typer(simulate, name="simulate")

RulePaths = Annotated[
    list[Path], typer.Argument(metavar="PATH...", help="Rule files, or folders of rule files.", show_default=False)
]
HostName = Annotated[str, typer.Option("--host", help="The address to listen at.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="The port to listen at; 0: any free one.")]
WebhookHost = Annotated[str, typer.Option("--url", help="Where the host is.")]
WebhookToken = Annotated[
    str | None,
    typer.Option(
        "--token", help="The webhook token; else INFOBIP_WEBHOOK_TOKEN, also of --env-file.", show_default=False
    ),
]


Field = Annotated[
    list[str] | None, typer.Option("--field", metavar="NAME=VALUE", help="A further field, such as callbackData.")
]
AllowUnknown = Annotated[bool, typer.Option("--allow-unknown", help="Let fields be that Infobip does not have.")]


class ReportVersion(StrEnum):
    """The versions of a delivery report of `simulate report`."""

    V2 = "v2"
    V3 = "v3"


class ReportedStatus(StrEnum):
    """The statuses that `simulate report` can report."""

    DELIVERED = "DELIVERED"
    UNDELIVERABLE = "UNDELIVERABLE"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    PENDING = "PENDING"


@commands.command()
def setup(
    context: typer.Context,
    *,
    base_url: Annotated[str | None, typer.Option(help="INFOBIP_BASE_URL", show_default=False)] = None,
    api_key: Annotated[str | None, typer.Option(help="INFOBIP_API_KEY", show_default=False)] = None,
    phone_number: Annotated[str | None, typer.Option(help="INFOBIP_PHONE_NUMBER", show_default=False)] = None,
    adapter_base_url: Annotated[str | None, typer.Option(help="INFOBIP_ADAPTER_BASE_URL", show_default=False)] = None,
    delivery_reporting: Annotated[
        bool | None,
        typer.Option(
            "--delivery-reporting/--no-delivery-reporting",
            help="INFOBIP_SMS_DELIVERY_REPORTING_ENABLED",
            show_default=False,
        ),
    ] = None,
    webhook_token: Annotated[
        str | None, typer.Option(help="INFOBIP_WEBHOOK_TOKEN; a fresh one if there is none.", show_default=False)
    ] = None,
    env_file: Annotated[Path, typer.Option("--env-file", help="The file to write.")] = FILE,
    no_check: Annotated[bool, typer.Option("--no-check", help="Don't try the key with Infobip.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: keep what is there already.")] = False,
    show_token: Annotated[bool, typer.Option("--show-token", help="Print the webhook URLs with their token.")] = False,
) -> None:
    """Ask for the settings, check them with Infobip, and write them to .env."""
    from infobip_rules.cli.setup import SetupOptions, set_up

    reporting = None if delivery_reporting is None else str(delivery_reporting).lower()
    given = {
        "base_url": base_url,
        "api_key": api_key,
        "phone_number": phone_number,
        "adapter_base_url": adapter_base_url,
        "sms_delivery_reporting_enabled": reporting,
        "webhook_token": webhook_token,
    }
    set_up(SetupOptions(given=given, env_file=env_file, interactive=not yes, check=not no_check, show_token=show_token))


@commands.command()
def convert(
    file: Annotated[Path, typer.Argument(metavar="FILE.drl", help="A file of Drools' rules.", show_default=False)],
) -> None:
    """Print the rules of a .drl file as Python rules, as far as they have such a form."""
    from infobip_rules.cli.converting import print_converted

    if not file.is_file():
        raise typer.BadParameter(f"There is no file {file}.")
    end(print_converted(file))


@commands.command()
def run(
    context: typer.Context,
    paths: RulePaths,
    *,
    host: HostName = HOST,
    port: Port = PORT,
    journal: JournalUrl = None,
    workers: Annotated[int, typer.Option(min=1, help="How many processes evaluate rules.")] = 1,
    web_workers: Annotated[
        int, typer.Option(min=0, help="How many processes take webhooks; 0: the host's own does.")
    ] = 1,
    in_process: Annotated[bool, typer.Option("--in-process", help="Evaluate rules in the host's own process.")] = False,
    pull: Annotated[
        bool, typer.Option("--pull", help="Fetch received messages too, for a number set to PULL instead of a webhook.")
    ] = False,
    pull_interval: Annotated[float, typer.Option(min=0.1, help="Seconds between pulls.")] = 10.0,
    env_file: EnvFile = FILE,
) -> None:
    """Run the host: take webhooks, evaluate rules, send messages."""
    from infobip_rules.cli.run import run_host

    run_host(
        paths,
        address=host,
        port=port,
        journal_url=journal,
        workers=0 if in_process else workers,
        web_workers=web_workers,
        pull=pull_interval if pull else None,
        env_file=env_file,
        verbose=context.obj,
    )


@commands.command()
def dev(
    context: typer.Context,
    paths: RulePaths,
    *,
    host: HostName = HOST,
    port: Port = PORT,
    journal: PassingJournal = None,
    first_message: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Begin with this message to the rules.", show_default=False)
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="How many processes evaluate rules; 0: the host's own.")] = 0,
    in_process: Annotated[bool, typer.Option("--in-process", help="The same as --workers 0.")] = False,
    exit_after_reply: Annotated[
        bool,
        typer.Option(
            "--exit-after-reply", help="End with 0 once a reply is delivered, with 1 if none will be, or after 20 s."
        ),
    ] = False,
) -> None:
    """Try rules with a fake Infobip: no account, no settings, the conversation on stdout."""
    from infobip_rules.cli.dev import DevOptions, run_dev

    options = DevOptions(
        paths=paths,
        address=host,
        port=port,
        journal_url=journal,
        workers=0 if in_process else workers,
        first_message=first_message,
        exit_after_reply=exit_after_reply,
        verbose=context.obj,
    )
    end(run_dev(options))


@commands.command()
def check(
    paths: RulePaths,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail too.")] = False,
    form: Annotated[CheckFormat, typer.Option("--format", help="How findings are printed.")] = CheckFormat.TEXT,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds that loading and checking may take.")] = 120.0,
) -> None:
    """Check rule files: everything that is wrong with them, and what could be better."""
    from infobip_rules.cli import checking

    end(checking.check_rules(paths, strict=strict, form=form, seconds=timeout))


@commands.command()
def explain(
    id_: Annotated[
        str | None, typer.Argument(metavar="ID", help="Such as RULE012; none lists all.", show_default=False)
    ] = None,
) -> None:
    """Explain an id: a finding of `check` with an example, an error, an answer of `doctor`."""
    from infobip_rules.cli.explaining import explain as print_explanation

    print_explanation(id_)


@commands.command("plugins")
def list_plugins(*, as_json: AsJson = False) -> None:
    """List plugins: where each comes from, its hooks, and what is wrong with it."""
    from infobip_rules.cli import plugin_list

    end(plugin_list.list_plugins(as_json=as_json))


@commands.command()
def new(
    folder: Annotated[
        Path, typer.Argument(metavar="NAME", help="The project's name, or its path.", show_default=False)
    ],
    *,
    lang: Annotated[Language, typer.Option("--lang", help="The language of its rules.")] = Language.BOTH,
) -> None:
    """Make a project to begin with: rules, tests, and what it takes to run them for real."""
    from infobip_rules.cli.new import make_project

    make_project(folder, lang)


@commands.command()
def doctor(
    *,
    sample: Annotated[
        bool,
        typer.Option("--webhook", help="Post a webhook without content to the public URL, and say what came back."),
    ] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Ask nobody but this machine.")] = False,
    as_json: AsJson = False,
    journal: JournalUrl = None,
    env_file: EnvFile = FILE,
) -> None:
    """Say what keeps the program from working: machine, settings, account, journal, webhooks."""
    from infobip_rules.cli.doctor import DoctorOptions, examine

    end(examine(DoctorOptions(env_file=env_file, journal=journal, sample=sample, offline=offline, as_json=as_json)))


@commands.command()
def send(
    number: Annotated[str, typer.Argument(help="To whom: country code and number.", show_default=False)],
    text: Annotated[str, typer.Argument(help="What.", show_default=False)],
    shorten_url: Annotated[bool, typer.Option("--shorten-url", help="Let Infobip shorten the URLs in it.")] = False,
    as_json: AsJson = False,
    env_file: EnvFile = FILE,
) -> None:
    """Send one message at once, without a rule."""
    from infobip_rules.cli.send import send_message

    end(send_message(number, text, shorten_url=shorten_url, as_json=as_json, env_file=env_file))


@simulate.command("sms")
def simulate_sms(
    *,
    text: Annotated[
        list[str], typer.Option(help="What they write; several are posted in one body.", show_default=False)
    ],
    from_: Annotated[str, typer.Option("--from", help="Who writes.")] = PERSON,
    to: Annotated[str | None, typer.Option(help="The number they write to.", show_default=False)] = None,
    keyword: Annotated[str | None, typer.Option(help="The number's keyword.", show_default=False)] = None,
    field: Field = None,
    allow_unknown: AllowUnknown = False,
    url: WebhookHost = DEFAULT_URL,
    token: WebhookToken = None,
    env_file: EnvFile = FILE,
) -> None:
    """Somebody sends a text message to our number."""
    from infobip_rules.cli import simulate as work

    webhook = work.WebhookTarget.of(url, token, env_file)
    further = work.FurtherFields(fields=field or (), allow_unknown=allow_unknown)
    end(work.simulate_sms(webhook, from_=from_, texts=text, to=to, keyword=keyword, further=further))


@simulate.command("report")
def simulate_report(
    *,
    message_id: Annotated[str, typer.Option(help="The message that is reported on.", show_default=False)],
    status: Annotated[ReportedStatus, typer.Option(help="What became of it.")] = ReportedStatus.DELIVERED,
    to: Annotated[str, typer.Option(help="To whom it went.")] = PERSON,
    api: Annotated[ReportVersion, typer.Option(help="The version of the API that words it.")] = ReportVersion.V3,
    field: Field = None,
    allow_unknown: AllowUnknown = False,
    url: WebhookHost = DEFAULT_URL,
    token: WebhookToken = None,
    env_file: EnvFile = FILE,
) -> None:
    """A message of ours reaches a status."""
    from infobip_rules.cli import simulate as work

    webhook = work.WebhookTarget.of(url, token, env_file)
    further = work.FurtherFields(fields=field or (), allow_unknown=allow_unknown)
    end(work.simulate_report(webhook, message_id=message_id, status=status, to=to, version=api, further=further))


@simulate.command("body")
def simulate_body(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON as Infobip posts it; -: from stdin.")],
    *,
    allow_unknown: AllowUnknown = False,
    url: WebhookHost = DEFAULT_URL,
    token: WebhookToken = None,
    env_file: EnvFile = FILE,
) -> None:
    """Infobip posts this very body: messages, or delivery reports of either version."""
    from infobip_rules.cli import simulate as work

    end(work.simulate_body(work.WebhookTarget.of(url, token, env_file), file=file, allow_unknown=allow_unknown))
