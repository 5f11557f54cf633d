"""`flask --app wsgi outbox list|retry|purge`: the jobs that are owed, and those that failed."""

import click
from flask import current_app
from flask.cli import with_appcontext

from ..http.services import services_of
from ..jobs.administration import STATES, OutboxAdministration
from ..terminal import printable

HELP = """List and retry the work that is owed.

The outbox has what is to be done after a request, such as sending its mails. Each piece is a job: pending until it is
done, or failed if it was given up.
"""

outbox_commands = click.Group("outbox", help=HELP)


def _administration() -> OutboxAdministration:
    return services_of(current_app)[OutboxAdministration]


@outbox_commands.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only jobs in this state, one line each.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="With --state: at most so many."
)
@with_appcontext
def outbox_list(state: str | None, limit: int) -> None:
    """Count the jobs by state and kind.

    With --state, list them: id, kind, attempts, when it is due, and the last error.
    """
    administration = _administration()
    if state is not None:
        for job in administration.find(state, limit):
            # An error may quote a mail server or an address.
            click.echo(
                "\t".join(
                    printable(str(job.get(name, ""))) for name in ("_id", "kind", "attempts", "due_at", "last_error")
                )
            )
        return
    for row in administration.counts():
        click.echo(f"{row['state']}\t{row['kind']}\t{row['jobs']}")
    age = administration.oldest_age()
    click.echo("Nothing is due." if age is None else f"The oldest job that is due has waited for {age:.0f} s.")


@outbox_commands.command("retry")
@click.argument("job_ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every failed job.")
@with_appcontext
def outbox_retry(job_ids: tuple[str, ...], everything: bool) -> None:
    """Run failed jobs again.

    JOB_IDS are those that `outbox list --state failed` shows. Each job is due now, with all its attempts; the service
    runs it.
    """
    if bool(job_ids) == everything:
        raise click.UsageError("Name the jobs, or say --all.")
    click.echo(f"{_administration().retry(None if everything else job_ids)} jobs are owed again.")


@outbox_commands.command("purge")
@click.option("--days", type=click.IntRange(0), default=7, show_default=True, help="Keep jobs that ended later.")
@click.option("--failed", is_flag=True, help="Delete failed jobs too, not only done ones.")
@with_appcontext
def outbox_purge(days: int, failed: bool) -> None:
    """Delete jobs that have ended."""
    click.echo(f"{_administration().purge(days, failed=failed)} jobs deleted.")
